import type { App, Deployment } from '../spec/index.js';
import { rolledBackFrom, wasEverLive } from '../versions/history.js';
import { markOf } from '../versions/mark.js';
import { ownCauseCodes } from './events.js';
import { DeployFailure } from './failure.js';
import type { Plan } from './plan.js';
import type { SkillRun } from './skill-run.js';

/** What the deployments of an app mean for a write to it. */
export interface Past {
  /** A version of the app was rolled back: the mark of the write records that, too. */
  rolledBack: boolean;
  /** Why the wanted version is not shipped again by itself. The caller decides whether `--retry` was given. */
  held?: DeployFailure;
}

/**
 * Finds out whether a version was rolled back by hand, in the control panel or after a failed check, and no one has since
 * decided to deploy it again. Reads the list of deployments, unless the live one is enough to know.
 * @throws AppPlatformError when the list cannot be read, or the reason of the signal
 */
export async function lookBack(
  run: SkillRun,
  { action, app, live }: Plan,
  signal: AbortSignal,
): Promise<Past> {
  if (action !== 'update' || !app || !live || isFirstHand(live)) return { rolledBack: false };
  const deployments = await run.fleet.client.listDeployments(app.id, { signal });
  const left = rolledBackFrom(deployments, deployments);
  const aborted = abortedBefore(run, deployments, left);
  if (aborted) return { rolledBack: true, held: aborted };
  const wasAborted = deployments.some(({ spec }) => markOf(spec)?.aborted !== undefined);
  if (left.length === 0) return { rolledBack: wasAborted };
  const last = await lastOfWanted(run, app, deployments);
  return { rolledBack: true, ...(last && left.includes(last) && { held: heldSince(last, deployments) }) };
}

/**
 * Whether our write started the live deployment, over the one that it saw live, in an app in which nothing was ever rolled back.
 * So a thousand apps are updated without a thousand reads; a restart and a push carry the mark of an earlier write.
 */
function isFirstHand({ spec, cloned_from: from, previous_deployment_id: previous }: Deployment): boolean {
  const mark = markOf(spec);
  return mark !== undefined && from === undefined && !mark.rolledBack && mark.over === previous;
}

/** The last deployment of the wanted version that was live. */
async function lastOfWanted(
  run: SkillRun,
  app: App,
  deployments: readonly Deployment[],
): Promise<Deployment | undefined> {
  for (const one of deployments) {
    if (wasLive(one) && (await isWanted(run, app, one))) return one;
  }
  return undefined;
}

/** Whether a deploy would write nothing if this one were live. */
async function isWanted(run: SkillRun, app: App, live: Deployment): Promise<boolean> {
  const { pending_deployment: _pending, in_progress_deployment: _inProgress, ...settled } = app;
  const { action } = await run.planVersion({
    ...settled,
    spec: live.spec ?? app.spec,
    active_deployment: live,
  });
  return action === 'none';
}

/**
 * Whether the last thing that happened to the artefact is that its rollout was aborted, or rolled back.
 * @param left what rollbacks have replaced
 */
function abortedBefore(
  { request: { digest } }: SkillRun,
  deployments: readonly Deployment[],
  left: readonly Deployment[],
): DeployFailure | undefined {
  for (const one of deployments) {
    const { spec, id, created_at: at } = one;
    const { aborted, canary, artefact } = markOf(spec) ?? {};
    if (canary?.artefact === digest && left.includes(one)) return heldSince(one, deployments);
    if (aborted?.artefact === digest) {
      const when = at ? ` at ${at}` : '';
      return new DeployFailure({
        outcome: 'held',
        code: ownCauseCodes.held,
        message:
          `rollout ${aborted.rollout} of this version was aborted${when} by deployment ${id}. ` +
          'Nothing was written. Change the skill, or roll this version out again: --retry',
      });
    }
    if (canary?.artefact === digest || (artefact === digest && !canary)) return undefined;
  }
  return undefined;
}

function wasLive(one: Deployment): boolean {
  return wasEverLive([one]);
}

/** @param all newest first */
function heldSince(left: Deployment, all: readonly Deployment[]): DeployFailure {
  const by = all.slice(0, all.indexOf(left)).findLast(wasLive);
  const when = by?.created_at ? ` at ${by.created_at}` : '';
  const cause = by?.cause ? ` (${by.cause})` : '';
  return new DeployFailure({
    outcome: 'held',
    code: ownCauseCodes.held,
    message:
      `this version was live as deployment ${left.id} and was rolled back${when} by deployment ${by?.id ?? 'unknown'}${cause}. ` +
      'Nothing was written. Change the skill, or deploy this version again: --retry',
  });
}
