import { type SpanContext, TraceFlags } from '@opentelemetry/api';
import { type ISerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { PlainSpan } from './plain-span.js';
import type { Answered } from './request-attributes.js';

type Response = ReturnType<typeof ProtobufTraceSerializer.deserializeResponse>;

/**
 * Writes spans as OTLP: plain spans as copies of what the SDK writes for the first one of their kind, with ids and times of their own;
 * all others by the SDK. Messages of protobuf that follow one another are one message with all of their parts.
 */
export class SpanSerializer implements ISerializer<ReadableSpan[], Response> {
  readonly #templates = new WeakMap<Answered, Partial<Record<'first' | 'child', Template>>>();

  serializeRequest(spans: ReadableSpan[]): Uint8Array | undefined {
    const plain: [PlainSpan, Template][] = [];
    const others: ReadableSpan[] = [];
    for (const span of spans) {
      const template = this.#templateOf(span);
      if (template) plain.push([span as PlainSpan, template]);
      else others.push(span);
    }
    const written = others.length === 0 ? undefined : ProtobufTraceSerializer.serializeRequest(others);
    const copied = writePlain(plain);
    return written && copied ? Buffer.concat([written, copied]) : (copied ?? written);
  }

  deserializeResponse(data: Uint8Array): Response {
    return ProtobufTraceSerializer.deserializeResponse(data);
  }

  /** @returns undefined for a span that cannot be copied */
  #templateOf(span: ReadableSpan): Template | undefined {
    if (!(span instanceof PlainSpan) || !span.answered || span.parentSpanContext?.traceState)
      return undefined;
    let found = this.#templates.get(span.answered);
    if (!found) this.#templates.set(span.answered, (found = {}));
    return (found[span.parentSpanContext ? 'child' : 'first'] ??= new Template(span));
  }
}

function writePlain(spans: readonly [PlainSpan, Template][]): Buffer | undefined {
  const first = spans[0]?.[1];
  if (!first) return undefined;
  const size = spans.reduce((sum, [, { bytes }]) => sum + bytes.length, 0);
  const scope = Buffer.concat([field(2, first.scope.length + size), first.scope]);
  const head = Buffer.concat([field(1, first.resource.length + scope.length + size), first.resource, scope]);
  const all = Buffer.allocUnsafe(head.length + size);
  let at = head.copy(all);
  for (const [span, template] of spans) at += template.write(span, all, at);
  return all;
}

/** Ids and times that occur in no other part of a span. */
const ids = { traceId: 'f1e2d3c4b5a697887960514233241506', spanId: 'e1d2c3b4a5968778' };
const parentId = '1f2e3d4c5b6a7988';
const start = 0x0123456789abcdefn;
const end = 0x0fedcba987654321n;

/** The bytes of a span, as the SDK writes them, and where its ids and times are in them. */
class Template {
  readonly bytes: Buffer;
  /** Those that enclose it. */
  readonly resource: Buffer;
  readonly scope: Buffer;
  readonly #at: Record<'traceId' | 'spanId' | 'parentId' | 'start' | 'end', number>;

  constructor(span: PlainSpan) {
    const written = ProtobufTraceSerializer.serializeRequest([sample(span)]);
    const spans = contentOf(Buffer.from(written ?? []));
    const [resource, scopeSpans] = fieldsOf(spans);
    const [scope, bytes] = fieldsOf(contentOf(scopeSpans));
    [this.resource, this.scope, this.bytes] = [resource, scope, bytes];
    this.#at = {
      traceId: bytes.indexOf(ids.traceId, 0, 'hex'),
      spanId: bytes.indexOf(ids.spanId, 0, 'hex'),
      parentId: bytes.indexOf(parentId, 0, 'hex'),
      start: bytes.indexOf(fixed64(start)),
      end: bytes.indexOf(fixed64(end)),
    };
  }

  /** @returns how many bytes it has written */
  write(span: PlainSpan, to: Buffer, at: number): number {
    const { traceId, spanId } = span.spanContext();
    this.bytes.copy(to, at);
    to.write(traceId, at + this.#at.traceId, 'hex');
    to.write(spanId, at + this.#at.spanId, 'hex');
    if (span.parentSpanContext) to.write(span.parentSpanContext.spanId, at + this.#at.parentId, 'hex');
    const since = BigInt(span.startedAt) * 1_000_000n;
    to.writeBigUInt64LE(since, at + this.#at.start);
    to.writeBigUInt64LE(since + BigInt(Math.round(span.milliseconds * 1e6)), at + this.#at.end);
    return this.bytes.length;
  }
}

/** A span of the same kind. */
function sample(span: PlainSpan): ReadableSpan {
  const { parentSpanContext: parent, name, kind, status, attributes, resource, instrumentationScope } = span;
  const context: SpanContext = { ...ids, traceFlags: TraceFlags.SAMPLED };
  return {
    ...{ name, kind, status, attributes, resource, instrumentationScope },
    ...(parent && { parentSpanContext: { ...parent, spanId: parentId } }),
    spanContext: () => context,
    startTime: timeOf(start),
    endTime: timeOf(end),
    duration: [0, 0],
    ended: true,
    ...{ links: [], events: [] },
    ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
  };
}

function timeOf(nanoseconds: bigint): [number, number] {
  return [Number(nanoseconds / 1_000_000_000n), Number(nanoseconds % 1_000_000_000n)];
}

function fixed64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

/** The start of a field with a length: https://protobuf.dev/programming-guides/encoding/ */
function field(number: number, length: number): Buffer {
  const bytes = [(number << 3) | 2];
  let rest = length;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

/** The first two fields of a message, with their tags. All of ours have a length. */
function fieldsOf(message: Buffer): [Buffer, Buffer] {
  const { end: middle } = lengthAt(message, 0);
  return [message.subarray(0, middle), message.subarray(middle, lengthAt(message, middle).end)];
}

function contentOf(one: Buffer): Buffer {
  const { begin, end: after } = lengthAt(one, 0);
  return one.subarray(begin, after);
}

function lengthAt(bytes: Buffer, at: number): { begin: number; end: number } {
  let length = 0;
  let next = at + 1;
  for (let shift = 1; ; shift *= 128) {
    const byte = bytes[next++] ?? 0;
    length += (byte & 127) * shift;
    if (byte < 128) return { begin: next, end: next + length };
  }
}
