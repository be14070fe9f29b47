import {
  type Attributes,
  type Context,
  type Exception,
  type HrTime,
  type Link,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanStatus,
  SpanStatusCode,
  type TimeInput,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import { addHrTimes, type InstrumentationScope, millisToHrTime } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { IdGenerator, ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { randomFillSync } from 'node:crypto';
import type { Answered } from './request-attributes.js';

/** Random ids, many at once. A span that the SDK begins to record later keeps the ids that it has. */
export class Ids implements IdGenerator {
  readonly #bytes = Buffer.alloc(4096);
  #digits = '';
  #used = 0;
  #kept: SpanContext | undefined;

  generateTraceId(): string {
    return this.#kept?.traceId ?? this.#next(32);
  }

  generateSpanId(): string {
    return this.#kept?.spanId ?? this.#next(16);
  }

  #next(digits: number): string {
    if (this.#used + digits > this.#digits.length) {
      this.#digits = randomFillSync(this.#bytes).toString('hex');
      this.#used = 0;
    }
    return this.#digits.slice(this.#used, (this.#used += digits));
  }

  keep<T>(ids: SpanContext, start: () => T): T {
    this.#kept = ids;
    try {
      return start();
    } finally {
      this.#kept = undefined;
    }
  }
}

/** What all plain spans share. */
export interface PlainSpans {
  tracer: Tracer;
  ids: Ids;
  resource: Resource;
  instrumentationScope: InstrumentationScope;
  /** Gets each plain span that has ended. */
  onEnd: (span: PlainSpan) => void;
}

const unset: SpanStatus = { code: SpanStatusCode.UNSET };
const failed: SpanStatus = { code: SpanStatusCode.ERROR };
const none: never[] = [];

/**
 * The span of a request that says only what each request of its kind says. The SDK's own span makes some twenty objects, which live until
 * they are exported; this one makes two. As soon as someone adds to it, the SDK records it from then on, with the same ids.
 */
export class PlainSpan implements Span, ReadableSpan {
  readonly parentSpanContext?: SpanContext;
  readonly #context: SpanContext;
  /** Milliseconds since 1970. */
  readonly startedAt = Date.now();
  readonly #since = performance.now();
  /** How long it took. */
  milliseconds = 0;
  /** Undefined until it has ended. */
  answered: Answered | undefined;
  #recorded: Span | undefined;

  /** @param caller the context with the span that it belongs to, if there is one, which has to be sampled */
  constructor(
    private readonly spans: PlainSpans,
    private readonly caller: Context,
    parent: SpanContext | undefined,
  ) {
    this.#context = {
      traceId: parent?.traceId ?? spans.ids.generateTraceId(),
      spanId: spans.ids.generateSpanId(),
      traceFlags: TraceFlags.SAMPLED,
    };
    if (!parent) return;
    this.parentSpanContext = parent;
    if (parent.traceState) this.#context.traceState = parent.traceState;
  }

  spanContext(): SpanContext {
    return this.#context;
  }

  /** Ends it. @returns how long it took, in seconds */
  finish(answered: Answered): number {
    this.milliseconds = performance.now() - this.#since;
    this.answered = answered;
    if (this.#recorded) endSpan(this.#recorded, answered, this.endTime);
    else this.spans.onEnd(this);
    return this.milliseconds / 1000;
  }

  get #all(): Span {
    if (this.#recorded) return this.#recorded;
    if (this.answered) return trace.wrapSpanContext(this.#context);
    const { tracer, ids } = this.spans;
    const options = { kind: SpanKind.SERVER, startTime: this.startTime };
    return (this.#recorded = ids.keep(this.#context, () => tracer.startSpan('HTTP', options, this.caller)));
  }

  setAttribute(...args: Parameters<Span['setAttribute']>): this {
    this.#all.setAttribute(...args);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    this.#all.setAttributes(attributes);
    return this;
  }

  addEvent(...args: Parameters<Span['addEvent']>): this {
    this.#all.addEvent(...args);
    return this;
  }

  addLink(link: Link): this {
    this.#all.addLink(link);
    return this;
  }

  addLinks(all: Link[]): this {
    this.#all.addLinks(all);
    return this;
  }

  setStatus(status: SpanStatus): this {
    this.#all.setStatus(status);
    return this;
  }

  updateName(name: string): this {
    this.#all.updateName(name);
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    this.#all.recordException(exception, time);
  }

  end(time?: TimeInput): void {
    this.#all.end(time);
  }

  isRecording(): boolean {
    return this.#recorded?.isRecording() ?? !this.ended;
  }

  get name(): string {
    return this.answered?.name ?? 'HTTP';
  }

  get kind(): SpanKind {
    return SpanKind.SERVER;
  }

  get startTime(): HrTime {
    return millisToHrTime(this.startedAt);
  }

  get endTime(): HrTime {
    return addHrTimes(this.startTime, this.duration);
  }

  get duration(): HrTime {
    return millisToHrTime(this.milliseconds);
  }

  get status(): SpanStatus {
    return this.answered?.hasFailed ? failed : unset;
  }

  get attributes(): Attributes {
    return this.answered?.span ?? {};
  }

  get links(): never[] {
    return none;
  }

  get events(): never[] {
    return none;
  }

  get ended(): boolean {
    return this.answered !== undefined;
  }

  get resource(): Resource {
    return this.spans.resource;
  }

  get instrumentationScope(): InstrumentationScope {
    return this.spans.instrumentationScope;
  }

  get droppedAttributesCount(): number {
    return 0;
  }

  get droppedEventsCount(): number {
    return 0;
  }

  get droppedLinksCount(): number {
    return 0;
  }
}

/** Ends the span of a request that the SDK records. */
export function endSpan(span: Span, { name, span: attributes, hasFailed }: Answered, time?: TimeInput): void {
  span.updateName(name).setAttributes(attributes);
  if (hasFailed) span.setStatus(failed);
  span.end(time);
}
