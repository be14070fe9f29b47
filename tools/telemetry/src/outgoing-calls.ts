import {
  type Attributes,
  context,
  type Histogram,
  type Meter,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { durationBuckets, methodOf } from './http-attributes.js';

/** A call that waits for its answer. */
export interface OutgoingCall {
  answered(status: number): void;
  /** @param error why there is no answer, or no whole one */
  end(error?: Error): void;
}

export interface Called {
  method: string | undefined;
  /** Its scheme, host and port are kept: path and query can contain keys, as those of webhooks do. */
  origin: URL;
  /** Adds a header to the request. */
  setHeader: (name: string, value: string) => void;
}

/** Spans and metrics of calls by OpenTelemetry's conventions for HTTP clients; what is called gets the context. */
export class OutgoingCalls {
  readonly #duration: Histogram;

  constructor(
    private readonly tracer: Tracer,
    meter: Meter,
  ) {
    this.#duration = meter.createHistogram('http.client.request.duration', {
      description: 'Duration of HTTP client requests.',
      unit: 's',
      advice: { explicitBucketBoundaries: durationBuckets },
    });
  }

  /** @returns undefined for the calls of the exporters themselves */
  begin({ method, origin, setHeader }: Called): OutgoingCall | undefined {
    const parent = context.active();
    if (isTracingSuppressed(parent)) return undefined;
    const since = performance.now();
    const known = attributesOf(method, origin);
    const name = known['http.request.method'] === '_OTHER' ? 'HTTP' : known['http.request.method'];
    const span = this.tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes: known }, parent);
    propagation.inject(trace.setSpan(parent, span), undefined, {
      set: (_, key, value) => setHeader(key, value),
    });
    let attributes: Attributes = known;
    let isOver = false;
    return {
      answered: (status) => {
        attributes = { ...known, ...statusAttributes(status) };
      },
      end: (error) => {
        if (isOver) return;
        isOver = true;
        if (error) attributes = { ...attributes, 'error.type': errorType(error) };
        endSpan(span, attributes);
        this.#duration.record((performance.now() - since) / 1000, attributes);
      },
    };
  }
}

function attributesOf(method: string | undefined, { protocol, hostname, port }: URL) {
  return {
    'http.request.method': methodOf(method),
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    'url.scheme': protocol.replace(':', ''),
  };
}

function statusAttributes(status: number): Attributes {
  return { 'http.response.status_code': status, ...(status >= 400 && { 'error.type': String(status) }) };
}

/** Not the message, which can repeat a URL. */
function errorType(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : error.name;
}

function endSpan(span: Span, attributes: Attributes): void {
  span.setAttributes(attributes);
  if (attributes['error.type'] !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
