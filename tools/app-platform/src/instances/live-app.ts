import type { AppRun } from '../deploy/app-run.js';
import { changedSince } from '../deploy/changed-since.js';
import { ownCauseCodes } from '../deploy/events.js';
import { DeployFailure } from '../deploy/failure.js';
import { describeDeployment } from '../deploy/overtaken.js';
import { underWay } from '../deploy/plan.js';
import { requireOurs } from '../deploy/require-ours.js';
import { within } from '../deploy/stages.js';
import { rolloutIn } from '../rollout/specs.js';
import type { App, Deployment } from '../spec/index.js';

/** An app that serves, with its live deployment. */
export interface Serving {
  app: App;
  live: Deployment;
}

/**
 * The app whose instances are to change. Waits for the end of a deployment in progress: it may change what is live.
 * @param to what is to be done, as in `restart`
 * @throws DeployFailure for an app that is not there, not ours, pinned or not live, or during a rollout
 */
export async function requireServing(run: AppRun, app: App | undefined, to: string): Promise<Serving> {
  const { skill } = run.request;
  const nothing = `so there is nothing to ${to}: deploy it first`;
  if (!app) throw refused(ownCauseCodes.gone, `there is no app "${skill}", ${nothing}`);
  Object.assign(run.known, { appId: app.id, ...(app.live_url && { url: app.live_url }) });
  await requireOurs(run, app);
  const settled = await within(run, (signal) => whenSettled(run, app, signal));
  const live = settled.active_deployment;
  if (!live) throw refused(ownCauseCodes.gone, `nothing of ${skill} is live, ${nothing}`);
  if (settled.pinned_deployment) {
    run.known.pinned = true;
    throw refused(ownCauseCodes.pinned, `a rollback has pinned the app, so the platform refuses to ${to} it`);
  }
  if (rolloutIn(live.spec))
    throw refused(ownCauseCodes.changedMeanwhile, `a rollout is under way: ${to} ${skill} when it has ended`);
  run.known.previousDeploymentId = live.id;
  return { app: settled, live };
}

/** The app when no deployment of it is in progress. */
async function whenSettled(run: AppRun, seen: App, signal: AbortSignal): Promise<App> {
  let app = seen;
  for (let coming = underWay(app); coming; coming = underWay(app)) {
    run.emit({ type: 'waiting', reason: 'deployer', for: run.request.skill });
    await run.fleet.watcher.follow(app.id, coming.id, { signal, onPoll: () => undefined });
    app = await run.fleet.client.getApp(app.id, { signal });
  }
  return app;
}

/** Under the claim: the app as it is now. @throws DeployFailure if something else has gone live, or is about to */
export async function asBefore(run: AppRun, { app: seen }: Serving, signal: AbortSignal): Promise<App> {
  const app = await run.fleet.client.getApp(seen.id, { signal });
  const other = changedSince(app, seen);
  if (!other) return app;
  throw refused(
    ownCauseCodes.changedMeanwhile,
    `deployment ${describeDeployment(other)} was started meanwhile, so nothing was changed: check it, then try again`,
  );
}

function refused(code: string, message: string): DeployFailure {
  return new DeployFailure({ code, message });
}
