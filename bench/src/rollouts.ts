import { type App, AppPlatformClient, type AppSpec } from '@odoobo/app-platform';
import { startPlatform } from '@odoobo/local-platform';
import { type RouterConfigInput, type RouterState, statePath } from '@odoobo/router';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LongLived, streams, webSockets } from './rollouts/long-lived.js';
import { buildImages } from './rollouts/shop.js';
import type { Report } from './support/benchmark.js';
import { table } from './support/report.js';
import { percentile } from './support/statistics.js';
import { type Answered, type RequestKind, SteadyLoad } from './support/steady-load.js';

const rollouts = 20;
const pollMs = 50;
const rolloutMs = 120_000;
const good = ['blue', 'green'];
const secret = 'the secret of a benchmark';

/** A canary that fails each request may cost so many of them. */
const mostLost = 5;

const body = 'x'.repeat(2_000);
const kinds: RequestKind[] = [
  { name: 'GET, kept connection', method: 'GET', path: '/', newConnection: false, perSecond: 50 },
  { name: 'GET, new connection', method: 'GET', path: '/', newConnection: true, perSecond: 25 },
  { name: 'POST, kept connection', method: 'POST', path: '/', body, newConnection: false, perSecond: 50 },
  { name: 'POST, new connection', method: 'POST', path: '/', body, newConnection: true, perSecond: 25 },
  { name: 'slow GET (300 ms)', method: 'GET', path: '/?wait=300', newConnection: false, perSecond: 10 },
];

const steps: RouterConfigInput['steps'] = [
  { weight: 10, requests: 20 },
  { weight: 50, for: '3s', requests: 40 },
];

/** What became of one rollout. */
interface Rollout {
  canary: string;
  phase: RouterState['phase'];
  /** From the first write until the last deployment was live. */
  seconds: number;
  /** Requests that the canary failed. */
  lost: number;
}

/** What clients notice of 20 rollouts, of which half are aborted. */
export async function measureRollouts(signal: AbortSignal): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-rollouts-'));
  const directory = join(folder, 'platform');
  const platform = await startPlatform({ directory });
  const client = new AppPlatformClient({ url: platform.url, token: platform.token });
  try {
    const digests = await buildImages(folder, directory, [...good, 'broken']);
    const shop = new Shop(client, digests, signal);
    await shop.create(good[0] as string);
    return report(...(await rollOutUnderLoad(shop)));
  } finally {
    await client.close();
    await platform.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function rollOutUnderLoad(shop: Shop): Promise<[Rollout[], Answered[]]> {
  const load = new SteadyLoad({ url: shop.url, kinds, accepts: (answer) => good.includes(answer) });
  const longLived = new LongLived(new URL(shop.url));
  const done: Rollout[] = [];
  load.start('');
  longLived.start();
  try {
    for (let i = 0; i < rollouts; i++) {
      const canary = i % 2 === 1 ? 'broken' : (good.find((name) => name !== shop.live) as string);
      done.push(await shop.rollOut(`rollout-${i}`, canary));
    }
  } finally {
    await Promise.all([load.stop(), longLived.stop()]);
  }
  return [done, [...load.answered, ...longLived.answered]];
}

/** An app whose new versions come by rollouts: two writes each, and nothing in between. */
class Shop {
  live = '';
  #app: App | undefined;

  constructor(
    private readonly client: AppPlatformClient,
    private readonly digests: Record<string, string>,
    private readonly signal: AbortSignal,
  ) {}

  get url(): string {
    return this.#app?.live_url ?? '';
  }

  async create(version: string): Promise<void> {
    this.live = version;
    const { id } = await this.#deployed(await this.client.createApp(this.#spec(), { signal: this.signal }));
    this.#app = await this.client.getApp(id, { signal: this.signal });
  }

  /** Starts it, lets the router take its steps, and promotes the canary or cleans up after it. */
  async rollOut(rollout: string, canary: string): Promise<Rollout> {
    const since = performance.now();
    await this.#write(this.#spec({ rollout, canary }));
    const { phase, variants } = await this.#ended();
    if (phase === 'done') this.live = canary;
    await this.#write(this.#spec());
    return { canary, phase, seconds: (performance.now() - since) / 1000, lost: variants.canary.failures };
  }

  /** The state of the router when it is through its steps, or has put the canary out. */
  async #ended(): Promise<RouterState> {
    const deadline = performance.now() + rolloutMs;
    const headers = { authorization: `Bearer ${secret}` };
    while (performance.now() < deadline) {
      const answer = await fetch(new URL(statePath, this.url), { headers, signal: this.signal });
      const state = (await answer.json()) as RouterState;
      if (state.phase === 'done' || state.phase === 'out') return state;
      await delay(pollMs, undefined, { signal: this.signal });
    }
    throw new Error(`The rollout was not through in ${rolloutMs / 1000} s.`);
  }

  async #write(spec: AppSpec): Promise<void> {
    await this.#deployed(await this.client.updateApp(this.#app?.id ?? '', spec, { signal: this.signal }));
  }

  async #deployed(app: App): Promise<App> {
    for (;;) {
      const id = app.pending_deployment?.id ?? '';
      const { phase } = await this.client.getDeployment(app.id, id, { signal: this.signal });
      if (phase === 'ACTIVE') return app;
      if (phase === 'ERROR' || phase === 'CANCELED' || phase === 'SUPERSEDED')
        throw new Error(`Deployment ${id} ended ${phase}.`);
      await delay(pollMs, undefined, { signal: this.signal });
    }
  }

  #spec(rollout?: { rollout: string; canary: string }): AppSpec {
    const services = [this.#service('shop', this.live)];
    if (rollout) {
      const config: RouterConfigInput = {
        rollout: rollout.rollout,
        live: '${shop.PRIVATE_URL}',
        canary: '${shop-canary.PRIVATE_URL}',
        steps,
      };
      services.push(
        this.#service('shop-canary', rollout.canary),
        this.#service('shop-router', 'router', [
          { key: 'ROUTER_CONFIG', value: JSON.stringify(config) },
          { key: 'ROUTER_SECRET', value: secret },
        ]),
      );
    }
    const name = rollout ? 'shop-router' : 'shop';
    return {
      name: 'shop',
      services,
      ingress: { rules: [{ match: { path: { prefix: '/' } }, component: { name } }] },
    };
  }

  #service(name: string, version: string, envs: { key: string; value: string }[] = []) {
    const image = {
      registry_type: 'DOCR' as const,
      repository: version,
      digest: this.digests[version] ?? '',
    };
    // The router answers on every path as what is live does, so its health is that of what is live.
    const health_check = { http_path: '/health', period_seconds: 1, timeout_seconds: 1 };
    return {
      name,
      image,
      envs,
      health_check,
      instance_count: 1,
      termination: { drain_seconds: 5, grace_period_seconds: 5 },
    };
  }
}

function report(done: readonly Rollout[], answered: readonly Answered[]): Report {
  const failures = answered.flatMap(({ failure, kind }) => (failure ? [{ kind, failure }] : []));
  const others = failures.filter(({ failure }) => !isOfCanary(failure));
  const aborted = done.filter(({ phase }) => phase === 'out');
  const promoted = done.filter(({ phase }) => phase === 'done');
  const lost = aborted.map((one) => one.lost);
  const asExpected = done.every(({ canary, phase }) => phase === (canary === 'broken' ? 'out' : 'done'));
  const met = others.length === 0 && asExpected && lost.every((one) => one <= mostLost);
  return {
    title: `${done.length} rollouts under load`,
    body: `${done.length} rollouts through the API of the local platform, two writes each, while clients send requests at a steady pace and never try one again. Every second
canary fails each request. The router takes two steps: 10 % for 20 requests, then 50 % for 40 and three seconds. Streams and WebSockets last 2 s, five of
each at a time; instances have 5 s to drain and 5 s to end.

${table(
  ['', 'requests', 'failed by the canary', 'failed otherwise', 'p50 ms', 'p99 ms'],
  [...kinds.map(({ name }) => name), streams, webSockets].map((kind) => row(kind, answered)),
)}

- ${promoted.length} promoted, ${aborted.length} aborted${asExpected ? ', each as it had to be' : ': NOT as they had to be'}
- requests that a broken canary failed before it was out: at most ${Math.max(0, ...lost)}
- from the first write to the end of the second, median: ${medianSeconds(promoted)} s for one that was promoted, ${medianSeconds(aborted)} s for one that was aborted

Goal: no failed request but those of the canary, and at most ${mostLost} of those a rollout: ${met ? 'met' : 'NOT met'}.

${others
  .slice(0, 20)
  .map(({ kind, failure }) => `- ${kind}: ${failure}`)
  .join('\n')}`,
  };
}

function medianSeconds(done: readonly Rollout[]): string {
  return percentile(
    done.map(({ seconds }) => seconds),
    0.5,
  ).toFixed(1);
}

function isOfCanary(failure: string): boolean {
  return failure === '500 broken';
}

function row(kind: string, answered: readonly Answered[]): string[] {
  const own = answered.filter((one) => one.kind === kind);
  const failures = own.flatMap(({ failure }) => failure ?? []);
  const times = own.map(({ milliseconds }) => milliseconds);
  const ofCanary = failures.filter(isOfCanary).length;
  return [
    kind,
    String(own.length),
    String(ofCanary),
    String(failures.length - ofCanary),
    percentile(times, 0.5).toFixed(1),
    percentile(times, 0.99).toFixed(1),
  ];
}
