import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { Message } from './protobuf.js';

export type AttributeValues = Record<string, string | number | boolean>;

/** A span as an OpenTelemetry Collector would receive it. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  /** Empty for the first one of a trace. */
  parentSpanId: string;
  name: string;
  kind: 'INTERNAL' | 'SERVER' | 'CLIENT' | 'OTHER';
  /** Milliseconds since 1970. */
  startedAt: number;
  endedAt: number;
  attributes: AttributeValues;
  resource: AttributeValues;
  failed: boolean;
  statusMessage: string;
}

/** A point of a histogram or sum. */
export interface ReceivedPoint {
  metric: string;
  unit: string;
  attributes: AttributeValues;
  resource: AttributeValues;
  /** Of a histogram: how many values. Of a sum: the sum. */
  count: number;
}

/** Receives OTLP over HTTP on a free port of this machine. */
export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  url: string;
  spans: ReceivedSpan[];
  /** The newest export has the last word on a point. */
  points: ReceivedPoint[];
  /** The headers of each export. */
  headers: IncomingHttpHeaders[];
  /** How many connections are open. */
  connections(): Promise<number>;
  close(): Promise<void>;
}

/** How it answers. `hang`: never; `drip`: a byte now and then, without end; `flood`: as much as is taken, without end. */
export type Answers = 'ok' | 'hang' | 'drip' | 'flood' | number;

/** Starts a receiver; it decodes what it gets by the numbers in opentelemetry-proto, not by the SDK that sent it. */
export async function startOtlpReceiver(answers: Answers = 'ok'): Promise<OtlpReceiver> {
  const received: Pick<OtlpReceiver, 'spans' | 'points' | 'headers'> = { spans: [], points: [], headers: [] };
  const server = createServer((request, response) => {
    void buffer(request).then((sent) => {
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
      received.headers.push(request.headers);
      if (answers === 'ok' && request.url === '/v1/traces') received.spans.push(...spansIn(body));
      if (answers === 'ok' && request.url === '/v1/metrics') received.points.push(...pointsIn(body));
      answer(response, answers);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    ...received,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => new Promise((resolve) => server.getConnections((_, count) => resolve(count))),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(response: ServerResponse, answers: Answers): void {
  if (answers === 'hang') return;
  const status = typeof answers === 'number' ? answers : 200;
  response.writeHead(status, { 'content-type': 'application/x-protobuf' });
  if (answers === 'drip') drip(response);
  else if (answers === 'flood') flood(response);
  else response.end();
}

function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write('.'), 20);
  response.once('close', () => clearInterval(timer));
}

function flood(response: ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024);
  const pour = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', pour);
  pour();
}

/** Field numbers: opentelemetry/proto/trace/v1/trace.proto. */
function spansIn(body: Buffer): ReceivedSpan[] {
  return new Message(body).messages(1).flatMap((ofResource) => {
    const resource = attributesIn(ofResource.message(1), 1);
    const spans = ofResource.messages(2).flatMap((scope) => scope.messages(2));
    return spans.map((span) => spanOf(span, resource));
  });
}

function spanOf(span: Message, resource: AttributeValues): ReceivedSpan {
  const kinds = { 1: 'INTERNAL', 2: 'SERVER', 3: 'CLIENT' } as const;
  const status = span.message(15);
  return {
    traceId: span.hex(1),
    spanId: span.hex(2),
    parentSpanId: span.hex(4),
    name: span.text(5) ?? '',
    kind: kinds[Number(span.integer(6)) as keyof typeof kinds] ?? 'OTHER',
    startedAt: Number(span.integer(7) ?? 0n) / 1e6,
    endedAt: Number(span.integer(8) ?? 0n) / 1e6,
    attributes: attributesIn(span, 9),
    resource,
    failed: status?.integer(3) === 2n,
    statusMessage: status?.text(2) ?? '',
  };
}

/** Field numbers: opentelemetry/proto/metrics/v1/metrics.proto. */
function pointsIn(body: Buffer): ReceivedPoint[] {
  return new Message(body).messages(1).flatMap((ofResource) => {
    const resource = attributesIn(ofResource.message(1), 1);
    const metrics = ofResource.messages(2).flatMap((scope) => scope.messages(2));
    return metrics.flatMap((metric) => {
      const of = { metric: metric.text(1) ?? '', unit: metric.text(3) ?? '', resource };
      const sums = metric.messages(7).flatMap((sum) => sum.messages(1));
      const histograms = metric.messages(9).flatMap((histogram) => histogram.messages(1));
      return [
        ...sums.map((point) => ({
          ...of,
          attributes: attributesIn(point, 7),
          count: point.double(4) ?? Number(point.integer(6) ?? 0n),
        })),
        ...histograms.map((point) => ({
          ...of,
          attributes: attributesIn(point, 9),
          count: Number(point.integer(4) ?? 0n),
        })),
      ];
    });
  });
}

function attributesIn(message: Message | undefined, field: number): AttributeValues {
  const pairs = message?.messages(field) ?? [];
  return Object.fromEntries(pairs.map((pair) => [pair.text(1) ?? '', valueOf(pair.message(2))]));
}

function valueOf(value: Message | undefined): string | number | boolean {
  const truth = value?.integer(2);
  if (truth !== undefined) return truth === 1n;
  const whole = value?.integer(3);
  if (whole !== undefined) return Number(whole);
  return value?.double(4) ?? value?.text(1) ?? '';
}
