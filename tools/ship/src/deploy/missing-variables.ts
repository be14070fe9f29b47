import { couldNotBeSent, unsentCodes } from './could-not-be-sent.js';
import type { MissingOfSkill } from './prepare.js';
import { type Preparation, preparationOf } from './prepare-all.js';

/** Locally a skill starts without a missing variable, or with its live value: one warning per variable. */
export function missingWarnings(missing: readonly MissingOfSkill[]): string[] {
  return missing.map(({ skill, file, path, key, about }) => {
    const purpose = about === undefined ? '' : ` Its App Spec says: "${about}"`;
    return `${key} is not set. ${skill} is deployed anyway: it keeps the live value, or runs without one.${purpose} To set it, use the environment or .env (${file}: ${path}).`;
  });
}

/**
 * On App Platform, leaves out the placements that lack a variable: the others are other customers' or other regions'.
 */
export function withoutIncomplete({ prepared, failed }: Preparation): Preparation {
  const outcomes = prepared.map((one) =>
    one.task.placement && one.missing.length > 0
      ? couldNotBeSent(
          one.request.skill,
          unsentCodes.missing,
          `${listOf(one.missing)}\nSet them and deploy again.`,
        )
      : one,
  );
  return preparationOf(outcomes, failed);
}

/** In production, refuses to send anything while a variable is missing. @throws naming every missing variable of every skill */
export function refuseMissing(missing: readonly MissingOfSkill[]): void {
  if (missing.length === 0) return;
  throw new Error(`Nothing was sent: ${listOf(missing)}\nSet them and deploy again.`);
}

/** The problem that a plan shows for production. */
export function describeMissing(missing: readonly MissingOfSkill[]): string {
  return `${listOf(missing)}\nSet them first: deploy sends nothing while one is missing.`;
}

function listOf(missing: readonly MissingOfSkill[]): string {
  const lines = missing.map(
    ({ file, path, key, secret, about }) =>
      `  ${key}${secret ? ' (secret)' : ''}: ${file}: ${path}${about === undefined ? '' : ` (${about})`}`,
  );
  return `the environment has no value for\n${lines.join('\n')}`;
}
