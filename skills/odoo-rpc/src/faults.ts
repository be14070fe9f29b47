import { SkillError } from '@odoobo/skill-kit';

/** Odoo's report about a failed call. */
export interface Fault {
  /** The Python class, such as `odoo.exceptions.AccessError`. Empty where the protocol has none. */
  name: string;
  message: string;
}

/** By the last part of the class: the package was `openerp` once, and Python's own come as `builtins`. */
const types: Record<string, [status: number, code: string]> = {
  AccessDenied: [401, 'access_denied'],
  SessionExpiredException: [401, 'session_expired'],
  Unauthorized: [401, 'access_denied'],
  AccessError: [403, 'access_error'],
  Forbidden: [403, 'access_error'],
  MissingError: [404, 'missing_record'],
  ValidationError: [422, 'validation_error'],
  UserError: [422, 'user_error'],
  RedirectWarning: [422, 'user_error'],
  KeyError: [422, 'invalid_call'],
  ValueError: [422, 'invalid_call'],
  TypeError: [422, 'invalid_call'],
  AttributeError: [422, 'invalid_call'],
  // Of JSON-2: an unknown model or method, and arguments that do not fit.
  NotFound: [422, 'invalid_call'],
  BadRequest: [422, 'invalid_call'],
  UnprocessableEntity: [422, 'invalid_call'],
};

/** Odoo repeats what it was sent, which may be large. */
const maxMessage = 4000;

/** An Odoo fault as the error of this skill; the caller's key is blotted out if Odoo repeats it. */
export function faultError({ name, message }: Fault, key: string): SkillError {
  const fallback: [number, string] = name.startsWith('psycopg2.')
    ? [422, 'database_error']
    : [502, 'odoo_error'];
  const [status, code] = types[name.split('.').at(-1) ?? ''] ?? fallback;
  const said = (key ? message.replaceAll(key, '***') : message).trim().slice(0, maxMessage);
  return new SkillError(status, code, `Odoo: ${said}${name && ` (${name})`}`);
}

/** An answer that Odoo never gives. */
export function unexpectedAnswer(url: URL, what: string, cause?: unknown): SkillError {
  const message = `${url.href} ${what}. Check that this is the address of Odoo itself.`;
  return new SkillError(502, 'unexpected_answer', message, { cause });
}

/** A result that Odoo never gives. */
export function unexpectedResult(what: string, cause: unknown): SkillError {
  const message = `Odoo returned something unknown for ${what}. Check that its version is supported.`;
  return new SkillError(502, 'unexpected_answer', message, { cause });
}
