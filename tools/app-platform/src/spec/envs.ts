import * as z from 'zod';
import { show } from './describe-issue.js';

/** `app_variable_definition` of the official document. */
export const envSchema = z.strictObject({
  key: z.string().regex(/^[_A-Za-z][_A-Za-z0-9]*$/, {
    error: (issue) => `expected letters, digits and "_", not starting with a digit, got ${show(issue.input)}`,
  }),
  scope: z.enum(['UNSET', 'RUN_TIME', 'BUILD_TIME', 'RUN_AND_BUILD_TIME']).optional(),
  type: z.enum(['GENERAL', 'SECRET']).optional(),
  value: z.string().optional(),
});

export type Env = z.infer<typeof envSchema>;

/** True for a value that the platform has encrypted: `EV[1:...]`. If it is sent back, the platform keeps the secret. */
export function isEncrypted(value: string | undefined): boolean {
  return value !== undefined && /^EV\[.*\]$/s.test(value);
}
