import type { AppRun } from '../deploy/app-run.js';
import { changedSince } from '../deploy/changed-since.js';
import { ownCauseCodes } from '../deploy/events.js';
import { DeployFailure } from '../deploy/failure.js';
import { describeDeployment } from '../deploy/overtaken.js';
import { underWay } from '../deploy/plan.js';
import { requireOurs } from '../deploy/require-ours.js';
import { rolloutIn } from '../rollout/specs.js';
import type { App, Deployment } from '../spec/index.js';

/** An app that serves, with its live deployment. */
export interface Serving {
  app: App;
  live: Deployment;
}

/**
 * The app whose instances are to change.
 * @param to what is to be done, as in `restart`
 * @throws DeployFailure for an app that is not there, not ours, pinned or not live, during a deployment or a rollout
 */
export async function requireServing(run: AppRun, app: App | undefined, to: string): Promise<Serving> {
  const { skill } = run.request;
  if (!app)
    throw refused(
      ownCauseCodes.gone,
      `there is no app "${skill}", so there is nothing to ${to}: deploy it first`,
    );
  Object.assign(run.known, { appId: app.id, ...(app.live_url && { url: app.live_url }) });
  await requireOurs(run, app);
  const live = app.active_deployment;
  if (!live)
    throw refused(
      ownCauseCodes.gone,
      `nothing of ${skill} is live, so there is nothing to ${to}: deploy it first`,
    );
  if (app.pinned_deployment) {
    run.known.pinned = true;
    throw refused(ownCauseCodes.pinned, `a rollback has pinned the app, so the platform refuses to ${to} it`);
  }
  const coming = underWay(app);
  if (coming)
    throw refused(
      ownCauseCodes.changedMeanwhile,
      `deployment ${describeDeployment(coming)} is in progress: ${to} ${skill} when it has ended`,
    );
  const rollout = rolloutIn(live.spec);
  if (rollout)
    throw refused(ownCauseCodes.changedMeanwhile, `a rollout is under way: ${to} ${skill} when it has ended`);
  run.known.previousDeploymentId = live.id;
  return { app, live };
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
