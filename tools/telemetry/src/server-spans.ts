import {
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import type { IncomingMessage } from 'node:http';
import type { DurationHistogram } from './durations.js';
import { endSpan, PlainSpan, type PlainSpans } from './plain-span.js';
import { type Answer, type Answered, type KindOfRequest, RequestAttributes } from './request-attributes.js';

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
  readonly #attributes: RequestAttributes;

  /**
   * @param plain makes the spans of callers that are sampled, and of requests without a caller; without it, the SDK makes all
   * @param histogram of durations; undefined if no one reads it
   */
  constructor(
    private readonly tracer: Tracer,
    private readonly plain: PlainSpans | undefined,
    histogram: DurationHistogram | undefined,
  ) {
    this.#attributes = new RequestAttributes(histogram);
  }

  begin(request: IncomingMessage): RequestSpan {
    const caller = propagation.extract(ROOT_CONTEXT, request.headers);
    const kind = this.#attributes.of(request);
    const parent = trace.getSpanContext(caller);
    const found = parent && isSpanContextValid(parent) ? parent : undefined;
    if (this.plain && (!found || found.traceFlags & TraceFlags.SAMPLED))
      return new PlainRequestSpan(new PlainSpan(this.plain, caller, found), kind);
    // Named by its route, which is not yet known, and described when it ends: the SDK checks and copies what it gets at the start twice
    // more, for samplers, and none of those that can be chosen reads it.
    return new RecordedRequestSpan(this.tracer.startSpan('HTTP', { kind: SpanKind.SERVER }, caller), kind);
  }
}

abstract class AnyRequestSpan<S extends Span> implements RequestSpan {
  constructor(
    protected readonly span: S,
    private readonly kind: KindOfRequest,
  ) {}

  get ids() {
    const { traceId, spanId } = this.span.spanContext();
    return { trace_id: traceId, span_id: spanId };
  }

  run<T>(work: () => T): T {
    return context.with(trace.setSpan(context.active(), this.span), work);
  }

  end(answer: Answer): void {
    const answered = this.kind.answered(answer);
    const seconds = this.finish(answered);
    answered.durations?.record(seconds);
  }

  /** @returns how long it took, in seconds */
  protected abstract finish(answered: Answered): number;
}

class PlainRequestSpan extends AnyRequestSpan<PlainSpan> {
  protected finish(answered: Answered): number {
    return this.span.finish(answered);
  }
}

class RecordedRequestSpan extends AnyRequestSpan<Span> {
  readonly #since = performance.now();

  protected finish(answered: Answered): number {
    endSpan(this.span, answered);
    return (performance.now() - this.#since) / 1000;
  }
}
