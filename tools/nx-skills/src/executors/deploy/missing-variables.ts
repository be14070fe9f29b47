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
  throw new Error(`Nothing was sent: ${listOf(missing)}\nSet them and deploy again.`);
}

/** What a plan says in place of one, in production. */
export function describeMissing(missing: readonly Missing[]): string {
  return `${listOf(missing)}\nSet them first: deploy sends nothing while one is missing.`;
}

function listOf(missing: readonly Missing[]): string {
  const lines = missing.map(
    ({ file, path, key, secret }) => `  ${key}${secret ? ' (secret)' : ''}: ${file}: ${path}`,
  );
  return `the environment has no value for\n${lines.join('\n')}`;
}
