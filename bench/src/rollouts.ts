import {
  type App,
  AppPlatformClient,
  type AppSpec,
  type DeployEvent,
  deployFleet,
  type DeployRequest,
  type DeployResult,
} from '@odoobo/app-platform';
import { startPlatform } from '@odoobo/local-platform';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

const steps = [
  { weight: 10, requests: 20 },
  { weight: 50, for: '3s', requests: 40 },
];

/** What became of one rollout. */
interface Rollout {
  canary: string;
  end: 'promoted' | 'aborted';
  /** Deployments that it made. */
  writes: number;
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
      done.push(await shop.rollOut(canary));
    }
  } finally {
    await Promise.all([load.stop(), longLived.stop()]);
  }
  return [done, [...load.answered, ...longLived.answered]];
}

/** An app whose new versions are deployed by rollouts. */
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
    await this.#deploy(version, () => undefined);
    this.live = version;
    this.#app = (await this.client.listApps({ signal: this.signal }))[0];
  }

  /** Deploys a version, which some clients get first, and then all or none. */
  async rollOut(canary: string): Promise<Rollout> {
    const since = performance.now();
    const before = new Set(await this.#deployments());
    let lost = 0;
    const { outcome, cause } = await this.#deploy(canary, (event) => {
      if (event.type === 'rollout') lost = Math.max(lost, event.canary.failures);
    });
    const end = outcome === 'deployed' ? 'promoted' : outcome === 'rolled-back' ? 'aborted' : undefined;
    if (!end) throw new Error(`The rollout of ${canary} ended ${outcome}: ${cause?.message}`);
    if (end === 'promoted') this.live = canary;
    const seconds = (performance.now() - since) / 1000;
    const writes = (await this.#deployments()).filter((id) => !before.has(id)).length;
    return { canary, end, writes, seconds, lost };
  }

  async #deploy(version: string, onEvent: (event: DeployEvent) => void): Promise<DeployResult> {
    const { client, signal } = this;
    const digest = this.digests[version] ?? '';
    const request: DeployRequest = {
      skill: 'shop',
      healthPath: '/health',
      timeoutMs: rolloutMs,
      spec: specOf(version, digest),
      digest,
      reportsOwnDigest: true,
      // The same versions come again and again, also those that were aborted before.
      retry: true,
      rollout: {
        service: 'shop',
        plan: { steps },
        router: { registry_type: 'DOCR', repository: 'router', digest: this.digests['router'] ?? '' },
        secretOf: (rollout) => `the secret of ${rollout}`,
      },
    };
    const [result] = await deployFleet([request], { client, signal, onEvent, pollIntervalMs: pollMs });
    if (!result) throw new Error(`The deploy of ${version} has no result.`);
    return result;
  }

  /** The newest ones. */
  async #deployments(): Promise<string[]> {
    const all = await this.client.listDeployments(this.#app?.id ?? '', { signal: this.signal });
    return all.map(({ id }) => id);
  }
}

function specOf(version: string, digest: string): AppSpec {
  const service = {
    name: 'shop',
    image: { registry_type: 'DOCR' as const, repository: version, digest },
    health_check: { http_path: '/health', period_seconds: 1, timeout_seconds: 1 },
    instance_count: 1,
    termination: { drain_seconds: 5, grace_period_seconds: 5 },
  };
  return {
    name: 'shop',
    services: [service],
    ingress: { rules: [{ match: { path: { prefix: '/' } }, component: { name: 'shop' } }] },
  };
}

function report(done: readonly Rollout[], answered: readonly Answered[]): Report {
  const failures = answered.flatMap(({ failure, kind }) => (failure ? [{ kind, failure }] : []));
  const others = failures.filter(({ failure }) => !isOfCanary(failure));
  const aborted = done.filter(({ end }) => end === 'aborted');
  const promoted = done.filter(({ end }) => end === 'promoted');
  const lost = aborted.map((one) => one.lost);
  const asExpected = done.every(({ canary, end }) => end === (canary === 'broken' ? 'aborted' : 'promoted'));
  const twoWrites = done.every(({ writes }) => writes === 2);
  const met = others.length === 0 && asExpected && twoWrites && lost.every((one) => one <= mostLost);
  return {
    title: `${done.length} rollouts under load`,
    body: `${done.length} deploys with a rollout on the local platform, ${twoWrites ? 'two writes each' : 'NOT two writes each'}, while clients send requests at a steady pace and never try one again. Every second
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
