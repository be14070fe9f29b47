import { abortable } from '@odoobo/machine/time';
import type { App } from '../spec/index.js';
import type { Apps } from './app-list.js';
import type { DeployResult, Happening } from './events.js';
import { type DeployDeps, emitter, endingOf, withFleet } from './fleet.js';
import { redactDeep } from './redact.js';
import type { Ending, Fleet, Run, RunRequest } from './skill-run.js';

/** What is done with the app of one skill. */
export interface AppWork {
  /** What is known of it so far. */
  run: () => Run;
  /** The digest of the artefact that is live in the end; `-` if it is not known. */
  digest: () => string;
  act: (app: App | undefined) => Promise<Ending>;
}

type Begin<Request> = (request: Request, fleet: Fleet, emit: (happening: Happening) => void) => AppWork;

/**
 * Does something with the apps of many skills at once, each independently: one that fails does not stop the others. It reads the
 * list of apps once at the start.
 * @returns a result for each request, in their order; a failure is a result, not an exception
 */
export async function forEachApp<Request extends RunRequest>(
  requests: readonly Request[],
  deps: DeployDeps,
  begin: Begin<Request>,
): Promise<DeployResult[]> {
  if (requests.length === 0) return [];
  return withFleet(deps, requests.length, async (fleet) => {
    const apps = fleet.apps.read(fleet.signal);
    // Each skill reports this error in its own result.
    apps.catch(() => undefined);
    return Promise.all(requests.map((request) => finish(request, begin, fleet, apps, deps)));
  });
}

async function finish<Request extends RunRequest>(
  request: Request,
  begin: Begin<Request>,
  fleet: Fleet,
  apps: Promise<Apps>,
  deps: DeployDeps,
): Promise<DeployResult> {
  const { skill } = request;
  const redact = deps.redact ?? ((text: string) => text);
  const emit = emitter(deps, fleet.clock, redact);
  const startedAt = fleet.clock.now();
  const work = begin(request, fleet, (happening) => emit(skill, happening));
  const ending = await endingOf(work.run, async () =>
    work.act((await abortable(apps, fleet.signal)).named(skill)),
  );
  const durationMs = fleet.clock.now() - startedAt;
  const known = { ...work.run().known, digest: work.digest(), durationMs };
  const result = redactDeep({ skill, ...ending, ...known }, redact);
  const { steps } = work.run();
  emit(skill, { type: 'finished', result, ...(steps?.length && { steps }) });
  return result;
}
