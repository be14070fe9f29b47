import {
  context,
  type Histogram,
  type Meter,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import type { IncomingMessage } from 'node:http';
import { durationBuckets } from './http-attributes.js';
import { type Answer, RequestAttributes } from './request-attributes.js';

/** A request that is being answered. */
export interface RequestSpan {
  /** In hexadecimal, for log lines. */
  ids: { trace_id: string; span_id: string };
  /** Runs work so that its outgoing calls, and what they call, belong to the request. */
  run<T>(work: () => T): T;
  end(answer: Answer): void;
}

/** Spans and metrics of requests by OpenTelemetry's conventions for HTTP servers, without query, headers and bodies. */
export class ServerSpans {
  readonly #attributes = new RequestAttributes();
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
    const kind = this.#attributes.of(request);
    const caller = propagation.extract(ROOT_CONTEXT, request.headers);
    // Named by its route, which is not yet known.
    const span = this.tracer.startSpan('HTTP', { kind: SpanKind.SERVER, attributes: kind.span }, caller);
    const { traceId, spanId } = span.spanContext();
    return {
      ids: { trace_id: traceId, span_id: spanId },
      run: (work) => context.with(trace.setSpan(context.active(), span), work),
      end: (answer) => {
        const { name, span: attributes, metric, hasFailed } = kind.answered(answer);
        span.updateName(name).setAttributes(attributes);
        if (hasFailed) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
        this.#duration.record((performance.now() - since) / 1000, metric);
      },
    };
  }
}
