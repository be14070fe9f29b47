import type { Refusal } from '@odoobo/app-platform';
import { named } from '@odoobo/git-flow';
import { isLocal } from '../placement/environment.js';
import { printable } from '../terminal/printable.js';
import { couldNotBeSent, unsentCodes } from './could-not-be-sent.js';
import type { DeployOptions } from './options.js';
import type { PreparedSkill } from './prepare.js';
import { type Preparation, preparationOf } from './prepare-all.js';

/**
 * Production is deployed from commits: a skill with uncommitted changes is not sent, because no commit would match the
 * live version.
 */
export function refuseDirty({ prepared, failed }: Preparation, options: DeployOptions): Preparation {
  const outcomes = prepared.map((skill) => {
    const refusal = refusalOf(skill, options);
    return refusal ? couldNotBeSent(skill.request.skill, refusal.code, refusal.message) : skill;
  });
  return preparationOf(outcomes, failed);
}

/** Why deploy refuses to ship a skill as it is checked out; undefined if it does not refuse. */
export function refusalOf(
  { request, task: { uncommitted } }: PreparedSkill,
  { environment, dirty }: Pick<DeployOptions, 'environment' | 'dirty'>,
): Refusal | undefined {
  if (isLocal(environment) || uncommitted.length === 0) return undefined;
  const code = unsentCodes.uncommitted;
  const changes = `${request.skill} has uncommitted changes: ${named(uncommitted.map(printable))}`;
  const wayOut = 'Commit them, or stash them: git stash --include-untracked';
  if (request.sourceCommits) {
    const message = `App Platform builds pushed commits, but ${changes}. ${wayOut}`;
    return { code, message };
  }
  if (dirty) return undefined;
  const message = `${environment} is deployed from commits, but ${changes}. ${wayOut}. Or ship them anyway: --dirty`;
  return { code, message };
}
