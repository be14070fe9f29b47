import { metrics, trace } from '@opentelemetry/api';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { exportSpans } from './export-spans.js';
import { startTelemetry, type Telemetry } from './telemetry.js';
import { type Answers, type OtlpReceiver, startOtlpReceiver } from './testing/otlp-receiver.js';

type Env = Record<string, string>;

/** What a service sends before its end, or at it, and what it warns of. */
class Sent {
  readonly warnings: string[] = [];

  private constructor(
    readonly receiver: OtlpReceiver,
    private telemetry?: Telemetry,
  ) {}

  /** Five spans and a counter. */
  static async with(env: Env, answers?: Answers): Promise<Sent> {
    const sent = new Sent(await startOtlpReceiver(answers));
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', sent.receiver.url);
    for (const [name, value] of Object.entries(env))
      vi.stubEnv(name, value.replace('$URL', sent.receiver.url));
    const warn = (message: string) => void sent.warnings.push(message);
    const service = { name: 'shop', version: '1.0.0', attributes: { 'skill.placement': 'shop' }, warn };
    try {
      sent.telemetry = startTelemetry(service);
    } catch (error) {
      sent.warnings.push(`off: ${(error as Error).message}`);
    }
    const tracer = trace.getTracer('test');
    for (let n = 0; n < 5; n++) tracer.startSpan('work', { attributes: { text: 'abcdef' } }).end();
    metrics.getMeter('test').createCounter('work').add(1);
    return sent;
  }

  async end(): Promise<this> {
    await this.telemetry?.stop(1_000);
    await this.receiver.close();
    return this;
  }
}

afterEach(() => vi.unstubAllEnvs());

/** What arrives at the end of a service: how many spans and points, and more where a row looks at it. */
interface Arrives {
  spans?: number;
  points?: number;
  resource?: object;
  header?: string;
  gzip?: boolean;
  exports?: number;
}

const serviceRows: [env: Env, arrives: Arrives][] = [
  [{}, { spans: 5, points: 1, exports: 2, resource: { 'service.name': 'shop', 'skill.placement': 'shop' } }],
  [
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '$URL/v1/traces', OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    { spans: 5, points: 0 },
  ],
  [
    { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: '$URL/v1/metrics', OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    { spans: 0, points: 1 },
  ],
  [{ OTEL_EXPORTER_OTLP_HEADERS: 'x-other=1, x-key=a%2Cb' }, { header: 'a,b' }],
  [
    { OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-key=traces', OTEL_METRICS_EXPORTER: 'none' },
    { header: 'traces' },
  ],
  [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }, { spans: 5, points: 1, gzip: true }],
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }, { spans: 5 }],
  [{ OTEL_SDK_DISABLED: 'TRUE' }, { spans: 0, points: 0 }],
  [{ OTEL_TRACES_EXPORTER: 'none' }, { spans: 0, points: 1 }],
  [{ OTEL_METRICS_EXPORTER: 'none' }, { spans: 5, points: 0 }],
  [{ OTEL_TRACES_EXPORTER: 'console' }, { spans: 5, points: 1 }],
  [{ OTEL_TRACES_SAMPLER: 'always_off' }, { spans: 0, points: 1 }],
  [
    { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' },
    { spans: 0, points: 1 },
  ],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '1' }, { spans: 5 }],
  [{ OTEL_SERVICE_NAME: 'till' }, { resource: { 'service.name': 'till', 'service.version': '1.0.0' } }],
  [
    { OTEL_RESOURCE_ATTRIBUTES: 'team=blue%3Dgreen,service.version=2' },
    { resource: { team: 'blue=green', 'service.version': '2', 'service.name': 'shop' } },
  ],
  [
    { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '2', OTEL_METRICS_EXPORTER: 'none' },
    { spans: 5, exports: 3 },
  ],
  // One waits in the queue, and one is on its way.
  [{ OTEL_BSP_MAX_QUEUE_SIZE: '1', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1' }, { spans: 2 }],
  [{ OTEL_PROPAGATORS: 'b3' }, { spans: 5 }],
];

it.each(serviceRows)('a service with %j is received as it says', async (env, arrives) => {
  const { receiver, warnings } = await (await Sent.with(env)).end();
  const [first] = [...receiver.spans, ...receiver.points];
  const found: Arrives = {
    spans: receiver.spans.length,
    points: receiver.points.length,
    resource: first?.resource ?? {},
    header: String(receiver.headers[0]?.['x-key']),
    gzip: receiver.headers[0]?.['content-encoding'] === 'gzip',
    exports: receiver.headers.length,
  };
  expect(found).toMatchObject(arrives);
  expect(warnings).toEqual([]);
});

it('OTEL_METRIC_EXPORT_INTERVAL and OTEL_BSP_SCHEDULE_DELAY say when', async () => {
  const sent = await Sent.with({ OTEL_METRIC_EXPORT_INTERVAL: '20', OTEL_BSP_SCHEDULE_DELAY: '20' });
  await expect.poll(() => sent.receiver.spans.length).toBe(5);
  await expect.poll(() => sent.receiver.points.length).toBeGreaterThan(1);
  await sent.end();
});

it.each<Env>([
  { OTEL_EXPORTER_OTLP_TIMEOUT: '30', OTEL_BSP_SCHEDULE_DELAY: '10' },
  { OTEL_BSP_EXPORT_TIMEOUT: '30', OTEL_BSP_SCHEDULE_DELAY: '10' },
  { OTEL_METRIC_EXPORT_TIMEOUT: '30', OTEL_METRIC_EXPORT_INTERVAL: '40' },
])('an endpoint that hangs is given up after the time of %j', async (env) => {
  const sent = await Sent.with(env, 'hang');
  await expect.poll(() => sent.warnings, { timeout: 3_000 }).toHaveLength(1);
  expect(sent.warnings[0]).toMatch(/^Telemetry was not exported: .*(time|hang)/i);
  await sent.end();
});

const notPairs = (name: string, entry: string) =>
  `off: ${name}: entry ${entry} is not <name>=<value>. Write it as x-key=`;

/** What a service with a bad value says, and how many spans arrive. */
const badRows: [env: Env, spans: number, warning: string][] = [
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'secret:4318' }, 0, 'off: OTEL_EXPORTER_OTLP_ENDPOINT is not a URL.'],
  [
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    0,
    'off: OTEL_EXPORTER_OTLP_PROTOCOL is "grpc", which is not supported. Set it to http/protobuf',
  ],
  [
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
    0,
    'off: OTEL_EXPORTER_OTLP_PROTOCOL is "http/json", which is not supported.',
  ],
  [{ OTEL_EXPORTER_OTLP_HEADERS: 'secret' }, 0, notPairs('OTEL_EXPORTER_OTLP_HEADERS', '1 of 1')],
  [
    { OTEL_EXPORTER_OTLP_HEADERS: 'a=b,Authorization: Basic secret==' },
    0,
    notPairs('OTEL_EXPORTER_OTLP_HEADERS', '2 of 2'),
  ],
  [
    { OTEL_EXPORTER_OTLP_HEADERS: 'x-key=%E0%A4%Asecret' },
    0,
    notPairs('OTEL_EXPORTER_OTLP_HEADERS', '1 of 1'),
  ],
  [{ OTEL_EXPORTER_OTLP_HEADERS: 'x-key=secret%0A' }, 0, notPairs('OTEL_EXPORTER_OTLP_HEADERS', '1 of 1')],
  [
    { OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-key=secret;secret' },
    0,
    notPairs('OTEL_EXPORTER_OTLP_METRICS_HEADERS', '1 of 1'),
  ],
  [
    { OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere' },
    0,
    'off: OTEL_EXPORTER_OTLP_CERTIFICATE is "/nowhere", which cannot be read (ENOENT).',
  ],
  [{ OTEL_METRIC_EXPORT_INTERVAL: '-1' }, 0, 'off: OTEL_METRIC_EXPORT_INTERVAL is "-1".'],
  [{ OTEL_METRIC_EXPORT_TIMEOUT: 'long' }, 0, 'off: OTEL_METRIC_EXPORT_TIMEOUT is "long".'],
  [
    { OTEL_EXPORTER_OTLP_TIMEOUT: 'long' },
    5,
    "Telemetry is on, but: Unknown value 'long' for OTEL_EXPORTER_OTLP_TIMEOUT",
  ],
  [
    { OTEL_EXPORTER_OTLP_COMPRESSION: 'zip' },
    5,
    'Telemetry is on, but: Configuration: OTEL_EXPORTER_OTLP_COMPRESSION is invalid',
  ],
  [{ OTEL_TRACES_SAMPLER: 'some' }, 5, 'Telemetry is on, but: OTEL_TRACES_SAMPLER value "some" invalid'],
  [
    { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '7' },
    5,
    'Telemetry is on, but: OTEL_TRACES_SAMPLER_ARG=7 was given',
  ],
  [
    { OTEL_BSP_SCHEDULE_DELAY: 'soon' },
    5,
    "Telemetry is on, but: Unknown value 'soon' for OTEL_BSP_SCHEDULE_DELAY",
  ],
  [
    { OTEL_RESOURCE_ATTRIBUTES: 'a=b,team' },
    5,
    'Telemetry is on, but: OTEL_RESOURCE_ATTRIBUTES: entry 2 of 2 is not <name>=<value>, so none',
  ],
  [
    { OTEL_RESOURCE_ATTRIBUTES: 'a=b=c' },
    5,
    'Telemetry is on, but: OTEL_RESOURCE_ATTRIBUTES: entry 1 of 1 is not',
  ],
  [
    { OTEL_RESOURCE_ATTRIBUTES: 'a=%E0%A4%A' },
    5,
    'Telemetry is on, but: OTEL_RESOURCE_ATTRIBUTES: entry 1 of 1 is not',
  ],
];

it.each(badRows)(
  'a service with %j sends %i spans, and says once what is wrong, without a secret',
  async (env, spans, warning) => {
    const { receiver, warnings } = await (await Sent.with(env)).end();
    expect(receiver.spans).toHaveLength(spans);
    expect(warnings).toEqual([expect.stringContaining(warning) as string]);
    expect(warnings.join()).not.toContain('secret');
  },
);

describe('the trace of a run', () => {
  const ids = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), parentSpanId: undefined };
  const span = { ...ids, name: 'deploy', startedAt: 0, endedAt: 1, attributes: {}, error: undefined };

  async function run(env: Env) {
    const receiver = await startOtlpReceiver();
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url);
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value.replace('$URL', receiver.url));
    const failed = await exportSpans([span], { service: 'skills-delivery', deadlineMs: 1_000 }).catch(
      (error: Error) => error.message,
    );
    await receiver.close();
    return { failed, ...receiver };
  }

  it.each<[Env, Arrives]>([
    [{}, { resource: { 'service.name': 'skills-delivery' } }],
    [
      {
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '$URL/v1/traces',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      },
      {},
    ],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a' }, { header: 'a' }],
    [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }, { gzip: true }],
    [{ OTEL_SERVICE_NAME: 'ours' }, { resource: { 'service.name': 'ours' } }],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'team=blue' }, { resource: { team: 'blue' } }],
    // A run is one trace, and it is sent at once.
    [
      {
        OTEL_TRACES_SAMPLER: 'always_off',
        OTEL_BSP_SCHEDULE_DELAY: '9999',
        OTEL_METRIC_EXPORT_INTERVAL: 'soon',
      },
      {},
    ],
  ])('is received with %j as it says', async (env, arrives) => {
    const { failed, spans, headers } = await run(env);
    expect(failed).toBeUndefined();
    expect({
      resource: spans[0]?.resource,
      header: headers[0]?.['x-key'],
      gzip: headers[0]?.['content-encoding'] === 'gzip',
    }).toMatchObject(arrives);
    expect(spans).toHaveLength(1);
  });

  it.each<[Env, string]>([
    [{ OTEL_SDK_DISABLED: 'true' }, 'and neither OTEL_SDK_DISABLED=true nor OTEL_TRACES_EXPORTER=none.'],
    [{ OTEL_TRACES_EXPORTER: 'none' }, 'and neither OTEL_SDK_DISABLED=true nor OTEL_TRACES_EXPORTER=none.'],
    [{ OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc' }, 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL is "grpc"'],
    [
      { OTEL_EXPORTER_OTLP_HEADERS: 'Authorization: Basic secret==' },
      'OTEL_EXPORTER_OTLP_HEADERS: entry 1 of 1',
    ],
    [{ OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere' }, 'OTEL_EXPORTER_OTLP_CERTIFICATE is "/nowhere"'],
  ])('is not sent with %j, with a message without a secret', async (env, message) => {
    const { failed, spans } = await run(env);
    expect(spans).toEqual([]);
    expect(failed).toContain(message);
    expect(failed).not.toContain('secret');
  });
});

it('each variable that the documentation names has a row', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/tracing.md'), 'utf8');
  const text = page.replaceAll('`..._', '`OTEL_EXPORTER_OTLP_');
  const named = new Set(text.match(/\bOTEL_[A-Z_]+[A-Z]\b/g));
  const own = readFileSync(import.meta.filename, 'utf8');
  // It is obeyed by nothing here: only named.
  named.delete('OTEL_CONFIG_FILE');
  expect([...named].filter((name) => !own.includes(`${name}:`))).toEqual([]);
  expect(named.size).toBeGreaterThan(15);
});
