import { freePort } from '@odoobo/machine/network';
import type { Answers } from '@odoobo/telemetry/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kitSource } from './support/kit-source.js';
import { Shop } from './support/shop.js';
import { startTlsFront } from './support/tls-front.js';
import { Workspace } from './support/workspace.js';

const { startOtlpReceiver } = await import('@odoobo/telemetry/testing');

let workspace: Workspace;
let shop: Shop;

beforeAll(async () => {
  const envs = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_BSP_SCHEDULE_DELAY', 'OTEL_METRIC_EXPORT_INTERVAL'];
  const spec = `envs:\n${envs.map((key) => `  - key: ${key}\n    value: \${${key}}\n`).join('')}`;
  workspace = await Workspace.create({ shop: { spec } });
  workspace.env['OTEL_BSP_SCHEDULE_DELAY'] = '50';
  workspace.env['OTEL_METRIC_EXPORT_INTERVAL'] = '200';
  await workspace.write('skills/shop/src/main.js', kitSource('one'));
  await workspace.commit('shop');
  shop = new Shop(workspace);
  expect((await deploy('')).exitCode).toBe(0);
}, 60_000);
afterAll(() => workspace.close());

/** Deploys to skill and run this endpoint; an empty one is none. */
async function deploy(endpoint: string) {
  workspace.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = endpoint;
  const since = performance.now();
  const ended = await shop.run('deploy');
  return { ...ended, seconds: (performance.now() - since) / 1000 };
}

/** An endpoint of this kind, and what ends it. */
async function endpointThat(answers: Answers | 'refuse'): Promise<[url: string, close: () => Promise<void>]> {
  if (answers === 'refuse') return [`http://127.0.0.1:${await freePort()}`, () => Promise.resolve()];
  const { url, close } = await startOtlpReceiver(answers);
  return [url, close];
}

it.each(['refuse', 'hang', 500, 'drip', 'flood'] as const)(
  'an endpoint that answers %s costs a deploy and the requests of its skill no more than a bounded time',
  async (answers) => {
    const { seconds: usual } = await deploy('');
    const [endpoint, close] = await endpointThat(answers);
    const { exitCode, output, seconds } = await deploy(endpoint);
    expect(exitCode, output).toBe(0);
    expect(output.match(/The trace of this run was not exported/g), output).toHaveLength(1);
    // 2 s for the export, and as much for a busy machine; a deploy with an endpoint also restarts the skill.
    const restart = await deploy('');
    expect(seconds).toBeLessThan(Math.max(usual, restart.seconds) + 4);

    await deploy(endpoint);
    const url = (await shop.app()).live_url ?? '';
    const slowest = await slowestOf(url, 100);
    expect(slowest).toBeLessThan(1_000);
    const { output: log } = await shop.run('logs');
    expect(log.match(/Telemetry was not exported/g)?.length ?? 0).toBeLessThanOrEqual(1);
    await close();
  },
  90_000,
);

it("sends the trace of a run over TLS, with the certificate of a person's own", async () => {
  const receiver = await startOtlpReceiver();
  const front = await startTlsFront(receiver.url);
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: front.url };
  const without = await workspace.nxSkills(['trace', '--otlp'], env);
  expect([without.exitCode, without.output]).toEqual([1, expect.stringMatching(/self-signed certificate/)]);
  expect(receiver.spans).toEqual([]);
  const certificate = { OTEL_EXPORTER_OTLP_CERTIFICATE: front.certificate };
  const exported = await workspace.nxSkills(['trace', '--otlp'], { ...env, ...certificate });
  expect(exported.exitCode, exported.output).toBe(0);
  expect(receiver.spans.length).toBeGreaterThan(0);
  await front.close();
  await receiver.close();
}, 60_000);

/** The longest time of so many requests, one after another over seconds in which exports fail, in milliseconds. */
async function slowestOf(url: string, requests: number): Promise<number> {
  const times: number[] = [];
  for (let sent = 0; sent < requests; sent++) {
    const since = performance.now();
    const answer = await fetch(`${url}/invoke`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"input":{}}',
    });
    expect(answer.status).toBe(200);
    await answer.text();
    times.push(performance.now() - since);
  }
  return Math.max(...times);
}
