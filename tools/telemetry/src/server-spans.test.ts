import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { defaultResource } from '@opentelemetry/resources';
import { AggregationTemporality, type DataPoint, type Histogram } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DurationHistogram } from './durations.js';
import { Ids, PlainSpan } from './plain-span.js';
import { ServerSpans } from './server-spans.js';
import { SpanSerializer } from './span-serializer.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const caller = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
const instrumentationScope = { name: 'test' };

let ended: ReadableSpan[];
let spans: ServerSpans;

beforeEach(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  ended = [];
  const onEnd = (span: ReadableSpan) => void ended.push(span);
  const over = () => Promise.resolve();
  const ids = new Ids();
  const spanProcessors = [{ onStart: () => undefined, onEnd, forceFlush: over, shutdown: over }];
  const tracer = new BasicTracerProvider({ idGenerator: ids, spanProcessors }).getTracer('test');
  spans = new ServerSpans(
    tracer,
    { tracer, ids, resource: defaultResource(), instrumentationScope, onEnd },
    undefined,
  );
});

afterEach(() => {
  for (const api of [context, propagation]) api.disable();
});

function begin(headers: Record<string, string> = {}) {
  return spans.begin({ method: 'POST', httpVersion: '1.1', headers } as unknown as IncomingMessage);
}

function answer(status: number, headers: Record<string, string> = {}): void {
  begin(headers).end({ status, route: status === 404 ? undefined : '/invoke' });
}

/** What is exported of the spans that have ended. */
function written(): Buffer {
  const serializer = new SpanSerializer();
  const queue = ended.map((span) => (span instanceof PlainSpan ? serializer.written(span) : span));
  return Buffer.from(serializer.serializeRequest(queue) ?? []);
}

describe('the span of a request', () => {
  it('is written as the SDK writes it', () => {
    for (const status of [200, 500, 404, 200]) {
      answer(status);
      answer(status, caller);
    }
    expect(written()).toEqual(Buffer.from(ProtobufTraceSerializer.serializeRequest(ended) ?? []));
    expect(new Set(ended.map((span) => span.spanContext().spanId)).size).toBe(8);
  });

  it('of a caller with a tracestate is written, too, among others', () => {
    answer(200);
    answer(200, { ...caller, tracestate: 'vendor=1' });
    const [first, second] = ended.map((span) => ProtobufTraceSerializer.serializeRequest([span]) ?? []);
    expect(written()).toEqual(Buffer.from([...(second ?? []), ...(first ?? [])]));
  });

  it('has what a skill adds to it, and the ids that it had before', () => {
    const request = begin(caller);
    const { trace_id, span_id } = request.ids;
    request.run(() => trace.getActiveSpan()?.setAttribute('cart', 3).addEvent('paid'));
    request.end({ status: 500, route: '/invoke' });
    expect(ended).toMatchObject([
      {
        name: 'POST /invoke',
        attributes: { cart: 3, 'http.response.status_code': 500 },
        events: [{ name: 'paid' }],
        status: { code: 2 },
        parentSpanContext: { spanId: 'b7ad6b7169203331' },
      },
    ]);
    expect(ended[0]?.spanContext()).toMatchObject({ traceId: trace_id, spanId: span_id });
    expect(trace_id).toBe(traceId);
  });

  it('takes nothing any more when it has ended', () => {
    const request = begin();
    const span = request.run(() => trace.getActiveSpan());
    request.end({ status: 200, route: '/invoke' });
    span?.setAttribute('late', true);
    expect(span?.isRecording()).toBe(false);
    expect(ended).toHaveLength(1);
    expect(ended[0]?.attributes['late']).toBeUndefined();
  });

  it('of a caller that is not sampled is not kept', () => {
    answer(200, { traceparent: `00-${traceId}-b7ad6b7169203331-00` });
    expect(ended).toEqual([]);
  });
});

describe('durations of requests', () => {
  const descriptor = { name: 'took', description: '', unit: 's' };
  const { CUMULATIVE, DELTA } = AggregationTemporality;

  async function points(histogram: DurationHistogram) {
    const { resourceMetrics } = await histogram.collect();
    return resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap((one) => one.dataPoints as DataPoint<Histogram>[]),
    );
  }

  it.each([
    [CUMULATIVE, [3, 0.508]],
    [DELTA, [1, 0.5]],
  ])('are counted with temporality %j', async (temporality, [count, sum]) => {
    const histogram = new DurationHistogram(instrumentationScope, descriptor, temporality, 200);
    expect(await points(histogram)).toEqual([]);
    histogram.of({ a: 1, b: 2 }).record(0.005);
    histogram.of({ b: 2, a: 1 }).record(0.003);
    const [first] = await points(histogram);
    expect(first?.value).toMatchObject({ count: 2, sum: 0.008, min: 0.003, max: 0.005 });
    expect(first?.value).toMatchObject({ buckets: { counts: [2, ...Array.from({ length: 14 }, () => 0)] } });
    histogram.of({ a: 1, b: 2 }).record(0.5);
    const later = await points(histogram);
    expect(later).toHaveLength(1);
    expect(later[0]?.value).toMatchObject({ count, sum });
  });

  it('of too many kinds are one series', async () => {
    const histogram = new DurationHistogram(instrumentationScope, descriptor, CUMULATIVE, 10);
    for (let status = 200; status < 220; status++) histogram.of({ status }).record(1);
    const found = await points(histogram);
    expect(found).toHaveLength(10);
    expect(found.find(({ attributes }) => attributes['otel.metric.overflow'])?.value).toMatchObject({
      count: 11,
    });
  });
});
