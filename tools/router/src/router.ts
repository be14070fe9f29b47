import { openIngress, type Traffic } from '@odoobo/ingress';
import type { RouterConfig } from './config.js';
import { askPeers, Following } from './peers.js';
import type { Log } from './rollout.js';
import { Split } from './split.js';
import type { RouterState } from './state.js';

export interface RouterOptions {
  port: number;
  /** The address to listen on: 127.0.0.1 if it is left out. */
  host?: string | undefined;
  /** Signs the cookies of clients, and lets the state be read. All routers of a service have the same. */
  secret: string;
  /** Called with what a person or a deployer would want to know: an event and its data. */
  log?: Log;
}

/** A proxy in front of what is live and a canary. */
export interface Router {
  readonly port: number;
  readonly url: string;
  readonly state: RouterState;
  /** Routes by another configuration from now on; requests in progress finish where they are. */
  configure(config: RouterConfig): void;
  /** Stops listening; resolves when all connections have ended, or cuts the requests that are still in progress after `withinMs`. */
  finish(withinMs: number): Promise<void>;
}

/** How long requests to an earlier address may be repeated when they break off. */
const drainMs = 120_000;

/** How often steps are looked at. */
const lookMs = 250;

/**
 * Opens a router; port 0 takes any.
 * @throws Error when the port cannot be listened on.
 */
export async function openRouter(
  config: RouterConfig,
  { port, host, secret, log = () => undefined }: RouterOptions,
): Promise<Router> {
  let following: Following | undefined;
  // What the others have seen may be enough, together with it.
  const split = new Split(config, secret, log, () => void following?.hurry());
  // A router that was restarted takes the step and the verdict over before its first request.
  if (config.peers !== undefined)
    await askPeers({ url: config.peers, secret, said: () => split.said }, (state) => split.learn(state));
  const app = new URL(config.live).hostname;
  const ingress = await openIngress({ port, host, app, front: { name: 'skill-router' }, steering: split });
  const apply = ({ live, canary }: RouterConfig): void => {
    // It resolves when the last request to the earlier addresses has ended; an error means that the router was closed.
    void ingress.switchTo(trafficOf(live, canary), { drainMs }).catch(() => undefined);
  };
  const follow = ({ peers: url, routers }: RouterConfig): void => {
    following?.end();
    following =
      url === undefined
        ? undefined
        : new Following({ url, secret, said: () => split.said }, routers - 1, (state) => split.learn(state));
  };
  apply(config);
  follow(config);
  const looking = setInterval(() => split.look(), lookMs).unref();
  return {
    port: ingress.port,
    url: ingress.url,
    get state() {
      return split.state;
    },
    configure: (next) => {
      split.configure(next);
      apply(next);
      follow(next);
      log('configured', { rollout: next.rollout, weight: split.state.weight });
    },
    finish: (withinMs) => {
      following?.end();
      clearInterval(looking);
      return ingress.finish(withinMs);
    },
  };
}

/** The same addresses are the same deployment: then the ingress changes nothing. */
function trafficOf(live: string, canary: string): Traffic {
  return {
    deployment: `${live} ${canary}`,
    rules: [{ path: { prefix: '/' }, to: { component: 'live', preservePathPrefix: true } }],
    components: new Map([
      ['live', at(live)],
      ['canary', at(canary)],
    ]),
  };
}

function at(url: string): { host: string; ports: number[] } {
  const { hostname, port } = new URL(url);
  return { host: hostname, ports: [Number(port || 80)] };
}
