import { deployedDigest } from '../check/live-app.js';
import { runningStep } from '../deploy/failure.js';
import { type App, type Deployment, isTerminal } from '../spec/index.js';

/** What of an app is live. */
export interface LiveStanding {
  deploymentId: string;
  /** When it went live; ISO time. */
  since?: string;
  /** None for an app that answers nowhere, such as one of workers. */
  url?: string;
  /** The artefact; none where the app was not shipped from here. */
  digest?: string;
  /** Where its App Spec says that its health is asked; none where that says nothing. */
  healthPath?: string;
}

/** What of an app is on its way. */
export interface UnderWay {
  deploymentId: string;
  phase: string;
  /** What is running now, such as `Waiting for service pr-review`. */
  step?: string;
  /** Steps that are done, of `total`; 0 of 0 while the platform has not planned them. */
  done: number;
  total: number;
}

/** Where an app stands, as the list of apps shows it: no call of its own is needed. */
export interface Standing {
  live?: LiveStanding;
  underWay?: UnderWay;
  /** Nothing is under way and the last deployment is not what is live: it failed, or was cancelled. */
  failed: boolean;
  /** A rollback holds it: nothing deploys. */
  pinned: boolean;
}

/** App Platform tells some times in whole seconds: what is less apart than this is one moment. In milliseconds. */
const sameMomentMs = 1_000;

/** Reads where an app stands. Pure. */
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

/** The list names no deployment that failed; but it tells when the last one was made. */
function isNewest(live: Deployment | undefined, { last_deployment_created_at: last }: App): boolean {
  if (!live) return false;
  if (last === undefined || live.created_at === undefined) return true;
  return Date.parse(last) - Date.parse(live.created_at) < sameMomentMs;
}
