import { deployedDigest } from '../check/live-app.js';
import { type Applied, apply } from '../deploy/apply.js';
import { ownCauseCodes } from '../deploy/events.js';
import { DeployFailure, withMore } from '../deploy/failure.js';
import type { Ending, SkillRun } from '../deploy/skill-run.js';
import {
  confirmLive,
  followToActive,
  noLongerLive,
  stillThere,
  verifyLive,
  within,
} from '../deploy/stages.js';
import { type Canary, markOf } from '../versions/mark.js';
import { liveMarkOf } from '../versions/source-commit.js';
import { followRollout, type RolloutEnd } from './follow.js';
import type { RolloutWish } from './wish.js';

/** What a rollout that is live comes to: a deployment of the new version that replaces it, or an ending. */
export type Released = { promoted: Applied } | { ending: Ending };

/**
 * Follows a rollout to its end, and makes the write that ends it: the new version for all, or what was live before.
 * @throws DeployFailure where it does not go on by itself: it stays under way
 */
export async function release(run: SkillRun, live: Applied, canary: Canary): Promise<Released> {
  const { rollout: wish } = run.request;
  if (!wish) throw new Error(`rollout ${canary.rollout} is followed without a plan`);
  run.rollout = canary.rollout;
  if (run.request.promote) return { promoted: await promoted(run, live, canary) };
  const end = await followed(run, live, canary, wish);
  switch (end.end) {
    case 'done':
      return { promoted: await promoted(run, live, canary) };
    case 'out': {
      const ending = await aborted(run, live, canary, end.because);
      return {
        ending: end.isPlanned ? { outcome: 'unchanged', note: endOfExperiment(end.because) } : ending,
      };
    }
    case 'replaced':
      return { promoted: await replacement(run, live, canary) };
    default:
      return { ending: leftUnderWay(run, canary, end) };
  }
}

/** The canary is checked by the platform; this checks that users are served behind the routers. */
async function followed(
  run: SkillRun,
  live: Applied,
  canary: Canary,
  wish: RolloutWish,
): Promise<RolloutEnd> {
  try {
    await verifyLive(run, live, undefined);
  } catch (error) {
    if (!(error instanceof DeployFailure)) throw error;
    const because = `behind its routers the service does not answer: ${error.message}`;
    return { end: 'out', because, isPlanned: false };
  }
  return followRollout(run, live, canary, wish);
}

/** Gives the new version to all users. */
async function promoted(run: SkillRun, { app }: Applied, canary: Canary): Promise<Applied> {
  run.stage = { promote: canary.rollout };
  return within(run, async (signal) => apply(run, await stillThere(run, app, signal), signal));
}

/** Another deploy has ended the rollout: if it has promoted it, its deployment is followed. */
async function replacement(run: SkillRun, live: Applied, canary: Canary): Promise<Applied> {
  run.rollout = undefined;
  run.stage = { promote: canary.rollout };
  return within(run, async (signal) => {
    const now = await stillThere(run, live.app, signal);
    const { action, deployment } = await run.plan(now);
    if (!deployment || action === 'update') throw noLongerLive(run, now, live.deployment);
    run.known.action = 'follow';
    return { action: 'follow', app: now, deployment };
  });
}

/** Makes live for all what was live before, and checks it. The result is a failure in any case. */
export async function aborted(
  run: SkillRun,
  live: Applied,
  { rollout }: Canary,
  because: string,
): Promise<Ending> {
  const to = markOf(live.deployment.spec)?.over ?? '';
  run.emit({ type: 'rolling-back', from: live.deployment.id, to, reason: because });
  run.stage = { abort: rollout };
  const started = await within(run, async (signal) =>
    apply(run, await stillThere(run, live.app, signal), signal),
  );
  run.rollout = undefined;
  run.known.rollbackDeploymentId = started.deployment.id;
  const back = await within(run, (signal) => followToActive(run, started, signal));
  const said = `Rollout ${rollout} was aborted: ${because}`;
  try {
    await verifyLive(run, back, deployedDigest(back.deployment.spec));
  } catch (error) {
    if (!(error instanceof DeployFailure)) throw error;
    const message = withMore(said, `What was live before is live again, but not healthy: ${error.message}`);
    throw new DeployFailure({ ...error.details, message, cause: error });
  }
  await within(run, (signal) => confirmLive(run, back, signal));
  run.known.liveMark = liveMarkOf(back.deployment);
  run.emit({ type: 'rolled-back', deploymentId: back.deployment.id, to });
  const message = withMore(
    said,
    `What was live before serves all users, as deployment ${back.deployment.id}`,
  );
  return {
    outcome: 'rolled-back',
    cause: { code: ownCauseCodes.rolloutAborted, message, phase: 'ACTIVE', logTail: [] },
  };
}

function endOfExperiment(because: string): string {
  return `${because} What was live before serves all users.`;
}

/** @throws DeployFailure unless whoever deploys expects that someone approves it later */
function leftUnderWay(
  { request }: SkillRun,
  { rollout }: Canary,
  { end, because }: Extract<RolloutEnd, { end: 'held' | 'waits' }>,
): Ending {
  const said = end === 'held' ? `is held: ${because}` : `waits: ${because}`;
  const message = `rollout ${rollout} ${said}. It stays under way, and a canary that is worse is still taken out`;
  if (end === 'waits' && request.leaveWaiting) return { outcome: 'waiting', note: message };
  throw new DeployFailure({
    outcome: 'held',
    code: end === 'held' ? ownCauseCodes.rolloutHeld : ownCauseCodes.rolloutWaits,
    phase: 'ACTIVE',
    message,
  });
}
