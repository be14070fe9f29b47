import type { Attributes } from '@opentelemetry/api';
import type { IncomingMessage } from 'node:http';
import type { DurationHistogram, Durations } from './durations.js';
import { methodOf } from './http-attributes.js';

/** How a request was answered. */
export interface Answer {
  status: number;
  /** The template of the path, or undefined where none matches. */
  route: string | undefined;
}

/** What a span and a metric say of a request that was answered. */
export interface Answered {
  name: string;
  span: Attributes;
  /** Where its duration is counted; undefined if no one reads it. */
  durations: Durations | undefined;
  hasFailed: boolean;
}

/**
 * The attributes of requests by OpenTelemetry's conventions for HTTP servers. Each set is made once and used again: to make them
 * for each request took longer than all else that its span needs. Callers cannot make many: a method is one of ten, and an answer is
 * one of a skill's routes with one of its statuses.
 */
export class RequestAttributes {
  readonly #kinds: KindOfRequest[] = [];

  /** @param histogram of durations; undefined if no one reads it */
  constructor(private readonly histogram: DurationHistogram | undefined) {}

  of({ method, httpVersion, headers }: IncomingMessage): KindOfRequest {
    // Behind an ingress, TLS ends before the service.
    const scheme = headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
    const known = methodOf(method);
    // No text of all three: it would have to be made, and read, for each request.
    for (const kind of this.#kinds) if (kind.is(known, scheme, httpVersion)) return kind;
    const kind = new KindOfRequest(known, scheme, httpVersion, this.histogram);
    this.#kinds.push(kind);
    return kind;
  }
}

/** Requests of one method, scheme and version of HTTP. */
export class KindOfRequest {
  readonly #span: Attributes;
  readonly #metric: Attributes;
  readonly #answers = new Map<string | undefined, Map<number, Answered>>();

  constructor(
    private readonly method: string,
    private readonly scheme: string,
    private readonly version: string,
    private readonly histogram: DurationHistogram | undefined,
  ) {
    this.#metric = { 'http.request.method': method, 'url.scheme': scheme };
    this.#span = { ...this.#metric, 'network.protocol.version': version };
  }

  is(method: string, scheme: string, version: string): boolean {
    return method === this.method && scheme === this.scheme && version === this.version;
  }

  answered({ status, route }: Answer): Answered {
    const ofRoute = madeOnce(this.#answers, route, () => new Map<number, Answered>());
    return madeOnce(ofRoute, status, () => this.#answer(status, route));
  }

  /** The path of a request that matches no route is left out: it can be anything, such as a key that was sent to the wrong place. */
  #answer(status: number, route: string | undefined): Answered {
    const verb = this.method === '_OTHER' ? 'HTTP' : this.method;
    const hasFailed = status >= 500;
    const both = {
      'http.response.status_code': status,
      ...(route !== undefined && { 'http.route': route }),
      ...(hasFailed && { 'error.type': String(status) }),
    };
    return {
      name: route === undefined ? verb : `${verb} ${route}`,
      span: { ...this.#span, ...both, ...(route !== undefined && { 'url.path': route }) },
      durations: this.histogram?.of({ ...this.#metric, ...both }),
      hasFailed,
    };
  }
}

function madeOnce<K, T>(made: Map<K, T>, key: K, make: () => T): T {
  const found = made.get(key);
  if (found !== undefined) return found;
  const one = make();
  made.set(key, one);
  return one;
}
