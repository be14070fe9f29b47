import type { PreparedSkill } from './prepare.js';

type Missing = PreparedSkill['missing'][number];

/** Locally a skill starts without what is missing, or with the value that is live: a line a variable. */
export function missingWarnings(missing: readonly Missing[]): string[] {
  return missing.map(
    ({ file, path, key }) => `${key} is not set: ${file}: ${path} keeps its live value, or is left out`,
  );
}

/**
 * In production nothing is sent while anything is missing.
 *
 * @throws naming every missing variable of every skill
 */
export function refuseMissing(missing: readonly Missing[]): void {
  if (missing.length === 0) return;
  const lines = missing.map(
    ({ file, path, key, secret }) => `  ${key}${secret ? ' (secret)' : ''}: ${file}: ${path}`,
  );
  throw new Error(
    `Nothing was sent: the environment has no value for\n${lines.join('\n')}\nSet them and deploy again.`,
  );
}
