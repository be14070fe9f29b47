import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { reference } from './reference.js';

/** The page that is committed. */
export const referenceFile = join(import.meta.dirname, '../../../../docs/reference.md');

/** What should stand there, as Prettier writes it. */
export async function formatted(): Promise<string> {
  return format(reference(), { ...(await resolveConfig(referenceFile)), parser: 'markdown' });
}
