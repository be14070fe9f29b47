import { once } from 'node:events';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exportSpans } from './export-spans.js';
import { startTelemetry, type Telemetry } from './telemetry.js';
import { type OtlpReceiver, startOtlpReceiver } from './testing/otlp-receiver.js';
import { WarnSometimes } from './warn-sometimes.js';

let collector: OtlpReceiver;
let server: Server;
let telemetry: Telemetry;
let port: number;

beforeEach(async () => {
  collector = await startOtlpReceiver();
  server = createServer((request, response) => response.end(request.headers.traceparent ?? 'none'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
  telemetry = startTelemetry({ name: 'shop', version: '1.0.0', attributes: {}, warn: () => undefined });
});

afterEach(async () => {
  await telemetry.stop(1_000);
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
  await collector.close();
});

/** What the spans of calls say, each with its error. */
async function exported() {
  await telemetry.stop(1_000);
  return collector.spans.map(({ kind, name, attributes }) => [kind, name, attributes['error.type']]);
}

describe('outgoing calls', () => {
  it('have a span each, which their target gets', async () => {
    const said = await (await fetch(`http://127.0.0.1:${port}/?key=1`)).text();
    expect(await exported()).toEqual([['CLIENT', 'GET', undefined]]);
    const [span] = collector.spans;
    expect(said).toBe(`00-${span?.traceId}-${span?.spanId}-01`);
    expect(span?.attributes).toEqual({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'server.address': '127.0.0.1',
      'server.port': port,
      'url.scheme': 'http',
    });
  });

  it('of node:http end also if no one reads the answer', async () => {
    const request = get({ port, host: '127.0.0.1' });
    await once(request, 'close');
    expect(await exported()).toEqual([['CLIENT', 'GET', undefined]]);
  });

  it('that fail name the code of the error, and it still reaches its caller', async () => {
    const request = get({ port: 9, host: '127.0.0.1' });
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => request.once('error', resolve));
    expect(error.code).toBe('ECONNREFUSED');
    await expect(fetch('http://127.0.0.1:9', { signal: AbortSignal.timeout(5_000) })).rejects.toThrow();
    const failed = await exported();
    expect(failed[0]).toEqual(['CLIENT', 'GET', 'ECONNREFUSED']);
  });

  it('to any number of hosts are a bounded number of series', async () => {
    const hosts = Array.from({ length: 250 }, (_, n) =>
      `http://127.0.0.1:${port}/`.replace('127.0.0.1', `127.0.1.${n}`),
    );
    server.close();
    server.closeAllConnections();
    await Promise.all(hosts.map((host) => fetch(host).catch(() => undefined)));
    await exported();
    const series = collector.points.filter(({ metric }) => metric === 'http.client.request.duration');
    expect(series.length).toBeGreaterThan(100);
    expect(series.length).toBeLessThanOrEqual(200);
  });

  it('have no span after the end', async () => {
    await telemetry.stop(1_000);
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('none');
  });
});

it.each([
  ['drip', 'The endpoint did not answer within 0.2 s.'],
  [
    'flood',
    'The endpoint did not receive the trace: OTLP export response body exceeded size limit of 4194304 bytes.',
  ],
] as const)(
  'a recorded trace is given up in time, and no connection is left, when the endpoint answers %s',
  async (answers, message) => {
    const endless = await startOtlpReceiver(answers);
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', endless.url);
    const ids = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), parentSpanId: undefined };
    const span = { ...ids, name: 'deploy', startedAt: 0, endedAt: 1, attributes: {}, error: undefined };
    await expect(exportSpans([span], { service: 'shop', deadlineMs: 200 })).rejects.toThrow(message);
    await expect.poll(() => endless.connections()).toBe(0);
    await endless.close();
  },
);

it('a failing endpoint is one warning a minute', () => {
  const written: string[] = [];
  let now = 0;
  const warnings = new WarnSometimes(
    (message) => written.push(message),
    () => now,
  );
  warnings.started();
  warnings.warn(new Error('Internal Server Error'));
  now = 59_999;
  warnings.warn(new Error('Internal Server Error'));
  now = 60_000;
  warnings.warn(Object.assign(new Error(''), { code: 'ECONNREFUSED' }));
  expect(written).toEqual([
    'Telemetry was not exported: Internal Server Error',
    'Telemetry was not exported: (ECONNREFUSED)',
  ]);
});
