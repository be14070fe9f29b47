import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { isExported, TelemetrySettingsError } from './export-settings.js';
import { traceExporter } from './exporters.js';

/** Something that has happened, as it was recorded. */
export interface RecordedSpan {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** 16 hexadecimal digits. */
  spanId: string;
  /** Undefined for the first one of the trace. */
  parentSpanId: string | undefined;
  name: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  endedAt: number;
  attributes: Record<string, string | number | boolean>;
  /** What went wrong, as a code; undefined if nothing did. */
  error: string | undefined;
}

export interface ExportOptions {
  /** What the spans are from. OTEL_SERVICE_NAME overrides it. */
  service: string;
  /** The export is given up then, in milliseconds. */
  deadlineMs: number;
}

const scope = { name: '@odoobo/telemetry' };

/**
 * Exports spans that have ended, with their ids, to the endpoint that the environment names; with one sampler: all.
 * @throws Error when they are not received in time; TelemetrySettingsError when there is no endpoint, or one that cannot be used
 */
export async function exportSpans(
  spans: readonly RecordedSpan[],
  { service, deadlineMs }: ExportOptions,
): Promise<void> {
  if (!isExported('TRACES', process.env))
    throw new TelemetrySettingsError(
      'There is no endpoint to export to. Set OTEL_EXPORTER_OTLP_ENDPOINT to one such as http://127.0.0.1:4318, and neither OTEL_SDK_DISABLED=true nor OTEL_TRACES_EXPORTER=none.',
    );
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.name': service }))
    .merge(detectResources({ detectors: [envDetector] }));
  const exporter = traceExporter(ProtobufTraceSerializer, deadlineMs);
  const readable = spans.map((span): ReadableSpan => ({ ...readableSpan(span), resource }));
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      exportAll(exporter, readable),
      new Promise((_, reject) => {
        const late = new Error(`The endpoint did not answer within ${deadlineMs / 1000} s.`);
        timer = setTimeout(() => reject(late), deadlineMs);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

function exportAll(exporter: SpanExporter, spans: ReadableSpan[]): Promise<void> {
  return new Promise((resolve, reject) => {
    exporter.export(spans, ({ code, error }) => {
      if (code === ExportResultCode.SUCCESS) resolve();
      else reject(failure(error));
    });
  });
}

/** The SDK's errors have an HTTP status or a code of the system, and often no message that says it. */
function failure(error: Error | undefined): Error {
  const { code, message = '' } = (error ?? {}) as NodeJS.ErrnoException;
  const text = [message, code !== undefined && !message.includes(String(code)) ? `(${code})` : '']
    .filter(Boolean)
    .join(' ');
  return new Error(`The endpoint did not receive the trace: ${text || 'it failed for no stated reason'}.`, {
    cause: error,
  });
}

function readableSpan(span: RecordedSpan): Omit<ReadableSpan, 'resource'> {
  const { traceId, spanId, parentSpanId, name, startedAt, endedAt, attributes, error } = span;
  const context = { traceId, traceFlags: TraceFlags.SAMPLED };
  return {
    name,
    kind: SpanKind.INTERNAL,
    spanContext: () => ({ ...context, spanId }),
    ...(parentSpanId !== undefined && { parentSpanContext: { ...context, spanId: parentSpanId } }),
    startTime: hrTime(startedAt),
    endTime: hrTime(endedAt),
    duration: hrTime(endedAt - startedAt),
    status: { code: error === undefined ? SpanStatusCode.UNSET : SpanStatusCode.ERROR },
    attributes: { ...attributes, ...(error !== undefined && { 'error.type': error }) },
    links: [],
    events: [],
    ended: true,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function hrTime(milliseconds: number): [seconds: number, nanoseconds: number] {
  const seconds = Math.floor(milliseconds / 1_000);
  return [seconds, Math.round((milliseconds - seconds * 1_000) * 1e6)];
}
