import { type App, type AppSpec, isTerminal } from '../spec/index.js';
import { digestKey } from '../spec/resolve.js';
import { markOf } from '../versions/mark.js';
import { builtFrom } from '../versions/source-commit.js';

/** The parts of an app that checks need. */
export interface LiveApp {
  url: string;
  /** Sent with each request: they lead to one of two versions. */
  headers?: Readonly<Record<string, string>>;
  deploymentId: string;
  /** The artefact of the live deployment; none if the app was not deployed from here. */
  digest?: string;
  /** The commit that the live deployment was built from; none for an image. */
  commit?: string;
}

/** The URL and the version of a live app. @throws Error that says why the app is not live */
export function liveAppOf(app: App): LiveApp {
  const { name } = app.spec;
  const live = app.active_deployment;
  if (!live) throw new Error(`${name} has never been live: ${standingOf(app)}.`);
  const url = app.live_url || app.default_ingress;
  if (!url) {
    throw new Error(`${name} is live but has no URL. Add a service, and an ingress rule that routes to it.`);
  }
  // During a rollout either version may answer.
  const digest = markOf(live.spec)?.canary ? undefined : deployedDigest(live.spec);
  const [built] = builtFrom(live);
  return { url, deploymentId: live.id, ...(digest && { digest }), ...(built && { commit: built.commit }) };
}

function standingOf({ in_progress_deployment, pending_deployment }: App): string {
  const coming = in_progress_deployment ?? pending_deployment;
  const isComing = coming !== undefined && !isTerminal(coming.phase);
  return isComing
    ? `deployment ${coming.id} is ${coming.phase ?? 'under way'}`
    : 'its last deployment failed';
}

/** The artefact that a deploy has set in the variables of a spec's services. */
export function deployedDigest(spec: AppSpec | undefined): string | undefined {
  const envs = (spec?.services ?? []).flatMap((service) => service.envs ?? []);
  return envs.find(({ key }) => key === digestKey)?.value;
}
