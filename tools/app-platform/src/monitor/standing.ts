import { deployedDigest } from '../check/live-app.js';
import { runningStep } from '../deploy/failure.js';
import { type App, type Deployment, isTerminal } from '../spec/index.js';

/** The live version of an app. */
export interface LiveStanding {
  deploymentId: string;
  /** When it went live; ISO time. */
  since?: string;
  /** None for an app without a URL, such as one of workers. */
  url?: string;
  /** The artefact; none if the app was not deployed from here. */
  digest?: string;
  /** The health path in its App Spec; none if the spec has none. */
  healthPath?: string;
}

/** The deployment of an app that is in progress. */
export interface UnderWay {
  deploymentId: string;
  phase: string;
  /** The step in progress, such as `Waiting for service pr-review`. */
  step?: string;
  /** Finished steps, of `total`; 0 of 0 while the platform has not planned them. */
  done: number;
  total: number;
}

/** The state of an app, as the list of apps shows it: no further call is needed. */
export interface Standing {
  live?: LiveStanding;
  underWay?: UnderWay;
  /** Nothing is in progress and the last deployment is not the live one: it failed, or was cancelled. */
  failed: boolean;
  /** A rollback has pinned it: the platform deploys nothing. */
  pinned: boolean;
}

/** App Platform reports some times in whole seconds: a smaller difference counts as the same moment. In milliseconds. */
const sameMomentMs = 1_000;

/** Reads the state of an app. Pure. */
export function standingOf(app: App): Standing {
  const { active_deployment: live, pending_deployment, in_progress_deployment } = app;
  const underWay = [in_progress_deployment, pending_deployment].find((one) => one && !isTerminal(one.phase));
  return {
    ...(live && { live: liveStanding(app, live) }),
    ...(underWay && { underWay: progressOf(underWay) }),
    failed: !underWay && !isNewest(live, app),
    pinned: app.pinned_deployment !== undefined,
  };
}

function liveStanding(app: App, live: Deployment): LiveStanding {
  const since = live.phase_last_updated_at ?? live.created_at;
  const url = app.live_url || app.default_ingress;
  const digest = deployedDigest(live.spec);
  const healthPath = (live.spec ?? app.spec).services
    ?.map(({ health_check }) => health_check?.http_path)
    .find((path) => path !== undefined);
  return {
    deploymentId: live.id,
    ...(since && { since }),
    ...(url && { url }),
    ...(digest && { digest }),
    ...(healthPath && { healthPath }),
  };
}

function progressOf(deployment: Deployment): UnderWay {
  const { id, phase = 'UNKNOWN', progress } = deployment;
  const step = runningStep(deployment);
  return {
    deploymentId: id,
    phase,
    ...(step && { step }),
    done: progress?.success_steps ?? 0,
    total: progress?.total_steps ?? 0,
  };
}

/** The list contains no failed deployments; but it reports when the last deployment was created. */
function isNewest(live: Deployment | undefined, { last_deployment_created_at: last }: App): boolean {
  if (!live) return false;
  if (last === undefined || live.created_at === undefined) return true;
  return Date.parse(last) - Date.parse(live.created_at) < sameMomentMs;
}
