import { AppRun } from '../deploy/app-run.js';
import { forEachApp } from '../deploy/each-app.js';
import type { DeployResult } from '../deploy/events.js';
import type { DeployDeps } from '../deploy/fleet.js';
import { rollBackSkill } from './roll-back-skill.js';
import type { RollbackRequest } from './rollback-run.js';

/**
 * Rolls many skills back at once, each independently: one that fails does not stop the others. It uses one poller, and one write
 * per skill.
 * @returns a result for each request, in their order; a failed rollback is a result, not an exception
 */
export function rollBackFleet(
  requests: readonly RollbackRequest[],
  deps: DeployDeps,
): Promise<DeployResult[]> {
  return forEachApp(requests, deps, (request, fleet, emit) => {
    const run = new AppRun(request, fleet, emit);
    return { run: () => run, digest: () => run.digest, act: (app) => rollBackSkill(run, app) };
  });
}
