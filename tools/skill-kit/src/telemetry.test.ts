import type { Answers, OtlpReceiver } from '@odoobo/telemetry/testing';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { bundleSkill, type SkillBundle } from './start-skill.js';
import { startTelemetry } from './telemetry.js';

// The kit loads the package only when it is asked for, and so do its tests.
const { startOtlpReceiver } = await import('@odoobo/telemetry/testing');

let bundle: SkillBundle;
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  bundle = await bundleSkill(pathToFileURL(join(import.meta.dirname, '../test/fixtures/calling-skill.ts')));
});
afterAll(() => bundle.remove());
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

interface Running {
  child: ChildProcess;
  url: string;
  output: () => string;
}

async function start(name: string, env: Record<string, string>): Promise<Running> {
  const settings = { NAME: name, HOST: '127.0.0.1', PORT: '0', SKILL_DIGEST: 'sha256:0123' };
  const child = spawn(process.execPath, [fileURLToPath(bundle.url)], {
    env: { ...settings, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  ends.push(() => {
    child.kill('SIGKILL');
    return ended;
  });
  let written = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (written += chunk.toString()));
  const url = await vi.waitFor(
    () => {
      const found = /listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(written)?.[1];
      if (!found) throw new Error(`not listening yet: ${written}`);
      return found;
    },
    { timeout: 10_000, interval: 10 },
  );
  return { child, url, output: () => written };
}

async function receiver(answers?: Answers): Promise<OtlpReceiver> {
  const started = await startOtlpReceiver(answers);
  ends.push(() => started.close());
  return started;
}

async function invoke({ url }: Running, input: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/invoke?key=secret-in-query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ input }),
  });
  await response.text();
  return response.status;
}

async function stop({ child }: Running): Promise<number> {
  const since = performance.now();
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
  return performance.now() - since;
}

describe('a skill with an OTLP endpoint', () => {
  it('is part of the trace of its caller, and so is what it calls, without what may be secret', async () => {
    const collector = await receiver();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=secret-key',
    };
    const [first, second] = await Promise.all([start('first', env), start('second', env)]);
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const caller = { traceparent: `00-${traceId}-b7ad6b7169203331-01`, tracestate: 'vendor=1' };
    const target = `${second.url}/invoke?key=secret-in-query`;
    expect(await invoke(first, { by: 'fetch', url: target }, caller)).toBe(200);
    expect(await invoke(first, { by: 'http', url: target }, caller)).toBe(200);
    expect(await invoke(first, { by: 'fail' })).toBe(500);
    await fetch(`${first.url}/health`);
    await stop(first);
    await stop(second);

    const { spans, points } = collector;
    const shown = spans.map(
      ({ kind, name, resource }) => `${String(resource['service.name'])}: ${kind} ${name}`,
    );
    expect(shown.sort()).toEqual([
      'first: CLIENT POST',
      'first: CLIENT POST',
      'first: SERVER POST /invoke',
      'first: SERVER POST /invoke',
      'first: SERVER POST /invoke',
      'second: SERVER POST /invoke',
      'second: SERVER POST /invoke',
    ]);
    const parentOf = (span: (typeof spans)[number]) =>
      spans.find(({ spanId }) => spanId === span.parentSpanId);
    const inner = spans.filter(({ resource }) => resource['service.name'] === 'second');
    for (const span of inner) {
      const call = parentOf(span);
      expect(call).toMatchObject({ kind: 'CLIENT', traceId });
      expect(call?.attributes).toMatchObject({
        'http.response.status_code': 200,
        'server.port': Number(new URL(second.url).port),
      });
      expect(call && parentOf(call)).toMatchObject({
        kind: 'SERVER',
        traceId,
        parentSpanId: 'b7ad6b7169203331',
      });
    }
    expect(spans.find(({ failed }) => failed)?.attributes).toEqual({
      'http.request.method': 'POST',
      'http.response.status_code': 500,
      'http.route': '/invoke',
      'error.type': '500',
      'network.protocol.version': '1.1',
      'url.path': '/invoke',
      'url.scheme': 'http',
    });
    expect(inner[0]?.resource).toMatchObject({
      'service.name': 'second',
      'service.version': '1.2.3',
      'oci.manifest.digest': 'sha256:0123',
    });
    const durations = points.filter(({ metric, resource }) => {
      return metric === 'http.server.request.duration' && resource['service.name'] === 'first';
    });
    const counts = durations.map(({ attributes, count }) => [attributes['http.response.status_code'], count]);
    expect(Object.fromEntries(counts)).toEqual({ 200: 2, 500: 1 });
    expect(JSON.stringify([spans, points])).not.toContain('secret');
    expect(collector.headers[0]).toMatchObject({ 'x-key': 'secret-key' });

    const lines = first
      .output()
      .split('\n')
      .filter((line) => line.includes('working'));
    const server = spans.filter(
      ({ kind, resource }) => kind === 'SERVER' && resource['service.name'] === 'first',
    );
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual(
      server.map(
        (span) => expect.objectContaining({ trace_id: span.traceId, span_id: span.spanId }) as object,
      ),
    );
  });

  it.each(['hang', 500] as const)(
    'answers, and ends in time, when the endpoint answers %s',
    async (answers) => {
      const collector = await receiver(answers);
      const skill = await start('brave', {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_BSP_SCHEDULE_DELAY: '10',
        OTEL_METRIC_EXPORT_INTERVAL: '10',
        OTEL_METRIC_EXPORT_TIMEOUT: '10',
      });
      expect(await invoke(skill, { by: 'none' })).toBe(200);
      await vi.waitFor(() => expect(collector.headers.length).toBeGreaterThan(0), { timeout: 5_000 });
      expect(await invoke(skill, { by: 'none' })).toBe(200);
      await vi.waitFor(() => expect(skill.output()).toContain('Telemetry was not exported'), {
        timeout: 5_000,
      });
      expect(await stop(skill)).toBeLessThan(4_000);
      expect(skill.child.exitCode).toBe(0);
      expect(skill.output().match(/Telemetry was not exported/g)).toHaveLength(1);
    },
  );
});

describe('an environment that', () => {
  const manifest = { id: 'misled', version: '1.2.3', description: 'Asks for what it cannot have.' };
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };

  it.each([
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'OTEL_EXPORTER_OTLP_PROTOCOL is "grpc", which is not supported. Set it to http/protobuf; the port of a Collector is then 4318.',
    ],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'user:secret' },
      'OTEL_EXPORTER_OTLP_ENDPOINT is not a URL. Set it to one such as http://127.0.0.1:4318.',
    ],
    [
      { OTEL_METRIC_EXPORT_INTERVAL: 'soon' },
      'OTEL_METRIC_EXPORT_INTERVAL is "soon". Set it to a whole number of milliseconds.',
    ],
  ])('asks for %j gets a warning that telemetry is off', async (env, message) => {
    const warnings: string[] = [];
    const started = await startTelemetry(manifest, { ...endpoint, ...env }, (text) => warnings.push(text));
    expect(started).toBeUndefined();
    expect(warnings).toEqual([`Telemetry is off. ${message}`]);
  });

  it.each([{}, { ...endpoint, OTEL_SDK_DISABLED: 'true' }])('is %j loads no telemetry', async (env) => {
    const warnings: string[] = [];
    expect(await startTelemetry(manifest, env, (text) => warnings.push(text))).toBeUndefined();
    expect(warnings).toEqual([]);
  });
});
