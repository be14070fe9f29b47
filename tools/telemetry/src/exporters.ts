import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import {
  convertLegacyHttpOptions,
  createOtlpHttpExportDelegate,
} from '@opentelemetry/otlp-exporter-base/node-http';
import { type ProtobufTraceSerializer, TraceExporterMetricsHelper } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Agent, ClientRequest } from 'node:http';
import type { Signal } from './export-settings.js';

type AddRequest = (request: ClientRequest, ...rest: unknown[]) => void;

/**
 * The environment's exporter of spans.
 * @param serializer writes them
 * @param limitMs each request ends within this time, in milliseconds. Default: OTEL_EXPORTER_OTLP_TIMEOUT.
 */
export function traceExporter(serializer: typeof ProtobufTraceSerializer, limitMs?: number): SpanExporter {
  const type = { 'Content-Type': 'application/x-protobuf' };
  const options = convertLegacyHttpOptions(bounded('TRACES', limitMs), 'TRACES', 'v1/traces', type);
  // As OTLPTraceExporter, with our serializer.
  return new OTLPExporterBase<ReadableSpan[]>(
    createOtlpHttpExportDelegate(
      options,
      serializer,
      'otlp_http_span_exporter',
      TraceExporterMetricsHelper,
      undefined,
    ),
  );
}

/** The environment's exporter of metrics; each of its requests ends within OTEL_EXPORTER_OTLP_TIMEOUT. */
export function metricExporter(): OTLPMetricExporter {
  return new OTLPMetricExporter(bounded('METRICS'));
}

/**
 * Limits a request as a whole: the exporters' own limit begins again with each byte of an answer, so an endpoint that
 * drips would keep a connection, and with it the process, for ever.
 */
function bounded(signal: Signal, limitMs?: number) {
  const given = limitMs === undefined ? {} : { timeoutMillis: limitMs };
  const { agentFactory, timeoutMillis } = convertLegacyHttpOptions(given, signal, '', {});
  const httpAgentOptions = async (protocol: string) => limit(await agentFactory(protocol), timeoutMillis);
  return { ...given, httpAgentOptions };
}

function limit(agent: Agent, ms: number): Agent {
  // Each request passes here before it is sent; Node's types leave it out.
  const passed = agent as unknown as { addRequest: AddRequest };
  const addRequest = passed.addRequest.bind(agent);
  passed.addRequest = (request, ...rest) => {
    const timer = setTimeout(() => request.destroy(), ms).unref();
    request.once('close', () => clearTimeout(timer));
    addRequest(request, ...rest);
  };
  return agent;
}
