import { SkillError } from '@odoobo/skill-kit';
import * as z from 'zod';

/**
 * The error object of Odoo's JSON-RPC: `data.name` is the Python class, `data.debug` the traceback, which stays here.
 * See serialize_exception in odoo/http.py.
 */
export const faultSchema = z.object({
  message: z.string(),
  data: z.object({ name: z.string(), message: z.string() }).optional(),
});

export type Fault = z.infer<typeof faultSchema>;

/** By the last part of the class: the package was `openerp` once, and Python's own come as `builtins`. */
const TYPES: Record<string, [status: number, code: string]> = {
  AccessDenied: [401, 'access_denied'],
  SessionExpiredException: [401, 'access_denied'],
  AccessError: [403, 'access_error'],
  MissingError: [404, 'missing_record'],
  ValidationError: [422, 'validation_error'],
  UserError: [422, 'user_error'],
  RedirectWarning: [422, 'user_error'],
  KeyError: [422, 'invalid_call'],
  ValueError: [422, 'invalid_call'],
  TypeError: [422, 'invalid_call'],
  AttributeError: [422, 'invalid_call'],
};

/** An Odoo fault as the error of this skill; the caller's key is blotted out should Odoo repeat it. */
export function faultError({ message, data }: Fault, key: string): SkillError {
  const name = data?.name ?? '';
  const fallback: [number, string] = name.startsWith('psycopg2.')
    ? [422, 'database_error']
    : [502, 'odoo_error'];
  const [status, code] = TYPES[name.split('.').at(-1) ?? ''] ?? fallback;
  const said = (data?.message || message).trim().replaceAll(key, '***');
  return new SkillError(status, code, `Odoo: ${said}${name && ` (${name})`}`);
}
