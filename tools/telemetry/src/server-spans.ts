import {
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
import { durationBuckets } from './http-attributes.js';
import { type Answer, type KindOfRequest, RequestAttributes } from './request-attributes.js';

/** A request that is being answered. */
export interface RequestSpan {
  /** In hexadecimal, for log lines. */
  readonly ids: { trace_id: string; span_id: string };
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
    const caller = propagation.extract(ROOT_CONTEXT, request.headers);
    // Named by its route, which is not yet known, and described when it ends: the SDK checks and copies what it gets at the start twice
    // more, for samplers, and none of those that can be chosen reads it.
    const span = this.tracer.startSpan('HTTP', { kind: SpanKind.SERVER }, caller);
    return new ServerSpan(span, this.#attributes.of(request), this.#duration);
  }
}

class ServerSpan implements RequestSpan {
  readonly #since = performance.now();

  constructor(
    private readonly span: Span,
    private readonly kind: KindOfRequest,
    private readonly duration: Histogram,
  ) {}

  get ids() {
    const { traceId, spanId } = this.span.spanContext();
    return { trace_id: traceId, span_id: spanId };
  }

  run<T>(work: () => T): T {
    return context.with(trace.setSpan(context.active(), this.span), work);
  }

  end(answer: Answer): void {
    const { name, span: attributes, metric, hasFailed } = this.kind.answered(answer);
    this.span.updateName(name).setAttributes(attributes);
    if (hasFailed) this.span.setStatus({ code: SpanStatusCode.ERROR });
    this.span.end();
    this.duration.record((performance.now() - this.#since) / 1000, metric);
  }
}
