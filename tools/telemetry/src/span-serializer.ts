import { type SpanContext, TraceFlags } from '@opentelemetry/api';
import { type ISerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { PlainSpan } from './plain-span.js';
import type { Answered } from './request-attributes.js';

type Response = ReturnType<typeof ProtobufTraceSerializer.deserializeResponse>;

/** Spans are written into pieces of memory of this size, in bytes: room for some hundred of them. */
const pieceSize = 32 * 1024;

/**
 * Writes spans as OTLP: plain spans as copies of what the SDK writes for the first one of their kind, with ids and times of their own;
 * all others by the SDK. Messages of protobuf that follow one another are one message with all of their parts.
 */
export class SpanSerializer implements ISerializer<ReadableSpan[], Response> {
  readonly #templates = new WeakMap<Answered, Partial<Record<'first' | 'child', Template>>>();
  #piece = pieceOf(0);
  #used = 0;

  /**
   * Writes a plain span that has ended.
   * @returns what stands for it in the SDK's queue; the span itself where it cannot be copied
   */
  written(span: PlainSpan): ReadableSpan {
    const template = this.#templateOf(span);
    if (!template) return span;
    const { length } = template.bytes;
    if (this.#used + length > this.#piece.bytes.length) {
      this.#piece = pieceOf(Math.max(pieceSize, length));
      this.#used = 0;
    }
    template.write(span, this.#piece, this.#used);
    const one = new WrittenSpan(template, this.#piece.bytes, this.#used);
    this.#used += length;
    // The queue reads its context and resource, and nothing else.
    return one as unknown as ReadableSpan;
  }

  serializeRequest(spans: ReadableSpan[]): Uint8Array | undefined {
    const written: WrittenSpan[] = [];
    const others: ReadableSpan[] = [];
    for (const span of spans) {
      if (span instanceof WrittenSpan) written.push(span);
      else others.push(span);
    }
    const bySdk = others.length === 0 ? undefined : ProtobufTraceSerializer.serializeRequest(others);
    const copied = enclosed(written);
    return bySdk && copied ? Buffer.concat([bySdk, copied]) : (copied ?? bySdk);
  }

  deserializeResponse(data: Uint8Array): Response {
    return ProtobufTraceSerializer.deserializeResponse(data);
  }

  /** @returns undefined for a span that cannot be copied */
  #templateOf(span: PlainSpan): Template | undefined {
    if (!span.answered || span.parentSpanContext?.traceState) return undefined;
    let found = this.#templates.get(span.answered);
    if (!found) this.#templates.set(span.answered, (found = {}));
    return (found[span.parentSpanContext ? 'child' : 'first'] ??= new Template(span));
  }
}

interface Piece {
  bytes: Buffer;
  view: DataView;
}

function pieceOf(size: number): Piece {
  const bytes = Buffer.allocUnsafeSlow(size);
  return { bytes, view: new DataView(bytes.buffer) };
}

const context = { traceFlags: TraceFlags.SAMPLED };

/**
 * A span that is bytes already. Hundreds wait for their export: as objects, each of a dozen parts, they were copied by each collection
 * of garbage meanwhile.
 */
class WrittenSpan {
  constructor(
    readonly template: Template,
    readonly piece: Buffer,
    readonly at: number,
  ) {}

  spanContext() {
    return context;
  }

  get resource() {
    return this.template.resource;
  }
}

/** @returns the spans within their resource and scope; undefined if there are none */
function enclosed(spans: readonly WrittenSpan[]): Buffer | undefined {
  const first = spans[0]?.template.head;
  if (!first) return undefined;
  const size = spans.reduce((sum, { template }) => sum + template.bytes.length, 0);
  const scope = Buffer.concat([field(2, first.scope.length + size), first.scope]);
  const head = Buffer.concat([field(1, first.resource.length + scope.length + size), first.resource, scope]);
  const all = Buffer.allocUnsafe(head.length + size);
  let at = head.copy(all);
  for (const { template, piece, at: from } of spans)
    at += piece.copy(all, at, from, from + template.bytes.length);
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
  /** The bytes that enclose it. */
  readonly head: { resource: Buffer; scope: Buffer };
  readonly resource: Resource;
  readonly #at: Record<'traceId' | 'spanId' | 'parentId' | 'start' | 'end', number>;

  constructor(span: PlainSpan) {
    this.resource = span.resource;
    const written = ProtobufTraceSerializer.serializeRequest([sample(span)]);
    const spans = contentOf(Buffer.from(written ?? []));
    const [resource, scopeSpans] = fieldsOf(spans);
    const [scope, bytes] = fieldsOf(contentOf(scopeSpans));
    [this.head, this.bytes] = [{ resource, scope }, bytes];
    this.#at = {
      traceId: bytes.indexOf(ids.traceId, 0, 'hex'),
      spanId: bytes.indexOf(ids.spanId, 0, 'hex'),
      parentId: bytes.indexOf(parentId, 0, 'hex'),
      start: bytes.indexOf(fixed64(start)),
      end: bytes.indexOf(fixed64(end)),
    };
  }

  write(span: PlainSpan, { bytes, view }: Piece, at: number): void {
    const { traceId, spanId } = span.spanContext();
    bytes.set(this.bytes, at);
    bytes.write(traceId, at + this.#at.traceId, 'hex');
    bytes.write(spanId, at + this.#at.spanId, 'hex');
    if (span.parentSpanContext) bytes.write(span.parentSpanContext.spanId, at + this.#at.parentId, 'hex');
    const since = BigInt(span.startedAt) * 1_000_000n;
    view.setBigUint64(at + this.#at.start, since, true);
    view.setBigUint64(at + this.#at.end, since + BigInt(Math.round(span.milliseconds * 1e6)), true);
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
