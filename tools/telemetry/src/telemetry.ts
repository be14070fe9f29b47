import { context, diag, DiagLogLevel, metrics, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { InstrumentType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { DurationHistogram } from './durations.js';
import { allSpansAreKept, isExported, metricTimes, wrongAttributes } from './export-settings.js';
import { metricExporter, traceExporter } from './exporters.js';
import { OutgoingCalls } from './outgoing-calls.js';
import { traceFetch } from './outgoing-fetch.js';
import { traceHttp } from './outgoing-http.js';
import { Ids, type PlainSpan } from './plain-span.js';
import { type RequestSpan, ServerSpans } from './server-spans.js';
import { SpanSerializer } from './span-serializer.js';
import { WarnSometimes } from './warn-sometimes.js';

export type { RequestSpan } from './server-spans.js';

/** What exports telemetry. */
export interface Service {
  name: string;
  version: string;
  /** More attributes of its resource; OTEL_RESOURCE_ATTRIBUTES overrides them. */
  attributes: Record<string, string>;
  /** Gets one line when an export fails, at most one a minute. */
  warn: (message: string) => void;
}

export interface Telemetry {
  /** Begins the span of a request; its parent is the caller's, by the headers `traceparent` and `tracestate`. */
  begin(request: IncomingMessage): RequestSpan;
  /** Exports what is left, and ends within this time whatever the endpoint does. */
  stop(deadlineMs: number): Promise<void>;
}

const scope = { name: '@odoobo/telemetry' };

const serverDuration = {
  name: 'http.server.request.duration',
  description: 'Duration of HTTP server requests.',
  unit: 's',
};

/** User input, such as a host that a caller chooses, can make no more series than these for each metric. */
const maxSeries = 200;

/**
 * Starts OpenTelemetry's SDK in this process, as the environment says: spans and metrics of requests and of outgoing calls. Code that
 * uses `@opentelemetry/api` gets the same tracer and meter.
 * @throws TelemetrySettingsError when the environment asks for what is not supported
 */
export function startTelemetry(service: Service, env: NodeJS.ProcessEnv = process.env): Telemetry {
  const tracesAreExported = isExported('TRACES', env);
  const metricsAreExported = isExported('METRICS', env);
  const times = metricTimes(env);
  const warnings = new WarnSometimes(service.warn);
  reportTo(warnings);
  const wrong = wrongAttributes(env);
  if (wrong !== undefined) warnings.warn(wrong);
  const resource = resourceOf(service);
  const serializer = new SpanSerializer();
  const batch = tracesAreExported ? new BatchSpanProcessor(traceExporter(serializer)) : undefined;
  const ids = new Ids();
  const tracers = new BasicTracerProvider({
    resource,
    idGenerator: ids,
    spanProcessors: batch ? [batch] : [],
  });
  const { reader, durations } = metricsAreExported ? metricReader(times) : {};
  const meters = new MeterProvider({ resource, readers: reader ? [reader] : [] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(tracers);
  metrics.setGlobalMeterProvider(meters);

  const tracer = tracers.getTracer(scope.name);
  const onEnd = (span: PlainSpan) => batch?.onEnd(serializer.written(span));
  const plain = { tracer, ids, resource, instrumentationScope: scope, onEnd };
  const server = new ServerSpans(tracer, allSpansAreKept(env) ? plain : undefined, durations);
  const calls = new OutgoingCalls(tracer, meters.getMeter(scope.name));
  const restore = [traceHttp(calls), traceFetch(calls)];
  warnings.started();
  return {
    begin: (request) => server.begin(request),
    stop: async (deadlineMs) => {
      for (const undo of restore) undo();
      await within(deadlineMs, [tracers.shutdown(), meters.shutdown()]);
      for (const api of [trace, metrics, propagation, context, diag]) api.disable();
    },
  };
}

/** A reader of the metrics, and the durations of requests, which it reads, too. */
function metricReader({ interval, timeout }: ReturnType<typeof metricTimes>) {
  const exporter = metricExporter();
  const temporality = exporter.selectAggregationTemporality(InstrumentType.HISTOGRAM);
  const durations = new DurationHistogram(scope, serverDuration, temporality, maxSeries);
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: interval,
    exportTimeoutMillis: timeout,
    cardinalityLimits: { default: maxSeries },
    metricProducers: [durations],
  });
  return { reader, durations };
}

function resourceOf({ name, version, attributes }: Service) {
  return defaultResource()
    .merge(
      resourceFromAttributes({
        'service.name': name,
        'service.version': version,
        'service.instance.id': randomUUID(),
        ...attributes,
      }),
    )
    .merge(detectResources({ detectors: [envDetector] }));
}

/** The SDK reports failed exports to both. */
function reportTo(warnings: WarnSometimes): void {
  setGlobalErrorHandler((error) => warnings.warn(error));
  const ignore = () => undefined;
  const warn = (message: string) => warnings.warn(message);
  const logger = { error: warn, warn, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}

/** Failed exports are reported where they fail. */
async function within(ms: number, work: Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([Promise.allSettled(work), late]);
  clearTimeout(timer);
}
