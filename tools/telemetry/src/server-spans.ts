import {
  type Attributes,
  context,
  type Histogram,
  type Meter,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import type { IncomingMessage } from 'node:http';
import { durationBuckets, methodOf } from './http-attributes.js';

/** A request that is being answered. */
export interface RequestSpan {
  /** In hexadecimal, for log lines. */
  ids: { trace_id: string; span_id: string };
  /** Runs work so that its outgoing calls, and what they call, belong to the request. */
  run<T>(work: () => T): T;
  /** @param route the template of the path, or undefined where none matches */
  end(answer: { status: number; route: string | undefined }): void;
}

/** Spans and metrics of requests by OpenTelemetry's conventions for HTTP servers, without query, headers and bodies. */
export class ServerSpans {
  readonly #duration: Histogram;

  constructor(
    private readonly tracer: Tracer,
    meter: Meter,
  ) {
    this.#duration = meter.createHistogram('http.server.request.duration', {
      description: 'Duration of HTTP server requests.',
      unit: 's',
      advice: { explicitBucketBoundaries: durationBuckets },
    });
  }

  begin(request: IncomingMessage): RequestSpan {
    const since = performance.now();
    const known = { 'http.request.method': methodOf(request.method), 'url.scheme': schemeOf(request) };
    const span = this.#span(request, known);
    const { traceId, spanId } = span.spanContext();
    return {
      ids: { trace_id: traceId, span_id: spanId },
      run: (work) => context.with(trace.setSpan(context.active(), span), work),
      end: (answer) => {
        const attributes = answerAttributes(answer);
        endSpan(span, known['http.request.method'], answer, attributes);
        this.#duration.record((performance.now() - since) / 1000, { ...known, ...attributes });
      },
    };
  }

  #span(request: IncomingMessage, known: Attributes): Span {
    const caller = propagation.extract(ROOT_CONTEXT, request.headers);
    const attributes = { ...known, 'network.protocol.version': request.httpVersion };
    // Named by its route, which is not yet known.
    return this.tracer.startSpan('HTTP', { kind: SpanKind.SERVER, attributes }, caller);
  }
}

type Answer = Parameters<RequestSpan['end']>[0];

function answerAttributes({ status, route }: Answer): Attributes {
  return {
    'http.response.status_code': status,
    ...(route !== undefined && { 'http.route': route }),
    ...(status >= 500 && { 'error.type': String(status) }),
  };
}

/** The path of a request that matches no route is left out: it can be anything, such as a key that was sent to the wrong place. */
function endSpan(span: Span, method: string, { status, route }: Answer, attributes: Attributes): void {
  const verb = method === '_OTHER' ? 'HTTP' : method;
  span.updateName(route === undefined ? verb : `${verb} ${route}`);
  span.setAttributes({ ...attributes, ...(route !== undefined && { 'url.path': route }) });
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/** Behind an ingress, TLS ends before the service. */
function schemeOf({ headers }: IncomingMessage): string {
  return headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
}
