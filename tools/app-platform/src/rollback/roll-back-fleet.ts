import { abortable } from '@odoobo/machine/time';
import type { Apps } from '../deploy/app-list.js';
import type { DeployResult } from '../deploy/events.js';
import { type DeployDeps, emitter, endingOf, withFleet } from '../deploy/fleet.js';
import { redactDeep } from '../deploy/redact.js';
import type { Fleet } from '../deploy/skill-run.js';
import { rollBackSkill } from './roll-back-skill.js';
import { type RollbackRequest, RollbackRun } from './rollback-run.js';

/**
 * Rolls many skills back at once, each independently: one that fails does not stop the others. It reads the list of apps once
 * at the start, and uses one poller and one write per skill.
 * @returns a result for each request, in their order; a failed rollback is a result, not an exception
 */
export async function rollBackFleet(
  requests: readonly RollbackRequest[],
  deps: DeployDeps,
): Promise<DeployResult[]> {
  if (requests.length === 0) return [];
  return withFleet(deps, requests.length, async (fleet) => {
    const apps = fleet.apps.read(fleet.signal);
    // Each skill reports this error in its own result.
    apps.catch(() => undefined);
    return Promise.all(requests.map((request) => rollBack(request, fleet, apps, deps)));
  });
}

async function rollBack(
  request: RollbackRequest,
  fleet: Fleet,
  apps: Promise<Apps>,
  deps: DeployDeps,
): Promise<DeployResult> {
  const { skill } = request;
  const redact = deps.redact ?? ((text: string) => text);
  const emit = emitter(deps, fleet.clock, redact);
  const startedAt = fleet.clock.now();
  const run = new RollbackRun(request, fleet, (happening) => emit(skill, happening));
  const ending = await endingOf(run, async () =>
    rollBackSkill(run, (await abortable(apps, fleet.signal)).named(skill)),
  );
  const durationMs = fleet.clock.now() - startedAt;
  const result = redactDeep({ skill, ...ending, ...run.known, digest: run.digest, durationMs }, redact);
  emit(skill, { type: 'finished', result });
  return result;
}
