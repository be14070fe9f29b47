import { isDeepStrictEqual } from 'node:util';
import { AppRun } from '../deploy/app-run.js';
import { withClaim } from '../deploy/claim.js';
import { forEachApp } from '../deploy/each-app.js';
import { type DeployResult, ownCauseCodes } from '../deploy/events.js';
import { DeployFailure } from '../deploy/failure.js';
import type { DeployDeps } from '../deploy/fleet.js';
import { followToHealthy } from '../deploy/follow-to-healthy.js';
import type { Ending, RunRequest } from '../deploy/skill-run.js';
import { within } from '../deploy/stages.js';
import { startOnce } from '../deploy/start-once.js';
import type { App, Deployment } from '../spec/index.js';
import { asBefore, requireServing, type Serving } from './live-app.js';

export interface RestartRequest extends RunRequest {
  /** The components to restart, by name. Default: all. */
  components?: readonly string[] | undefined;
}

/**
 * Starts the instances of what is live anew, of many skills at once, each independently: no build, and one write per skill.
 * @returns a result for each request, in their order; a failed restart is a result, not an exception
 */
export function restartFleet(requests: readonly RestartRequest[], deps: DeployDeps): Promise<DeployResult[]> {
  return forEachApp(requests, deps, (request, fleet, emit) => {
    const run = new AppRun(request, fleet, emit);
    return { run: () => run, digest: () => run.digest, act: (app) => restart(run, app) };
  });
}

async function restart(run: AppRun<RestartRequest>, app: App | undefined): Promise<Ending> {
  const serving = await requireServing(run, app, 'restart');
  if (serving.live.spec?.maintenance?.archive) {
    const { skill } = run.request;
    const message = `${skill} is archived, so nothing of it runs: deploy it first, or wait for its schedule`;
    throw new DeployFailure({ code: ownCauseCodes.gone, message });
  }
  run.known.action = 'restart';
  run.emit({ type: 'planned', action: 'restart', changes: [] });
  const deployment = await within(run, (signal) => withClaim(run, signal, () => start(run, serving, signal)));
  await followToHealthy(run, { action: 'restart', app: serving.app, deployment });
  return { outcome: 'deployed' };
}

async function start(
  run: AppRun<RestartRequest>,
  serving: Serving,
  signal: AbortSignal,
): Promise<Deployment> {
  const { id: appId } = await asBefore(run, serving, signal);
  const { components } = run.request;
  const deployment = await startOnce(
    run,
    {
      appId,
      what: 'the restart',
      send: () => run.fleet.client.restart(appId, { components, signal }),
      // A new deployment of the same spec is a restart, whoever has started it.
      isOurs: ({ spec }) => isDeepStrictEqual(spec, serving.live.spec),
    },
    signal,
  );
  run.known.deploymentId = deployment.id;
  run.emit({ type: 'written', action: 'restart', appId, deploymentId: deployment.id });
  return deployment;
}
