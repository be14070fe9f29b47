import { type App, type AppSpec, isTerminal } from '../spec/index.js';
import { digestKey } from '../spec/resolve.js';
import { builtFrom } from '../versions/source-commit.js';

/** What of an app can be asked. */
export interface LiveApp {
  url: string;
  deploymentId: string;
  /** The artefact that the live deployment is of; none where the app was not shipped from here. */
  digest?: string;
  /** What the live deployment was built from; none of an image. */
  commit?: string;
}

/**
 * Where an app is live.
 *
 * @throws Error that says why it is nowhere
 */
export function liveAppOf(app: App): LiveApp {
  const { name } = app.spec;
  const live = app.active_deployment;
  if (!live) throw new Error(`${name} has never been live: ${standingOf(app)}.`);
  const url = app.live_url || app.default_ingress;
  if (!url) {
    throw new Error(`${name} is live but has no URL. Add a service, and an ingress rule that routes to it.`);
  }
  const digest = deployedDigest(live.spec);
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

/** The artefact that a deploy has told the services of a spec that they are. */
export function deployedDigest(spec: AppSpec | undefined): string | undefined {
  const envs = (spec?.services ?? []).flatMap((service) => service.envs ?? []);
  return envs.find(({ key }) => key === digestKey)?.value;
}
