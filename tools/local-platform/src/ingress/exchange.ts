import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Balancer } from './balancer.js';
import type { Generation } from './generation.js';
import { hasBody, requestHeaders, responseHeaders } from './headers.js';
import type { Instance } from './instance.js';
import { noAnswer, noInstance, refuse } from './refusal.js';

/** Safe in the sense of RFC 9110 section 9.2.1: to send one twice changes nothing. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The connection failed; whether the service saw the request is unknown. */
const BROKEN = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'ECONNREFUSED']);

const NOTHING = Buffer.alloc(0);

/** Where a request goes: a component of a deployment, and the path and query as that sees them. */
export interface Place {
  generation: Generation;
  balancer: Balancer;
  component: string;
  target: string;
}

export interface Route {
  app: string;
  /** Where the request would go now; none where it would be refused. */
  again: () => Place | undefined;
}

/** One request on its way through the ingress and its response on the way back. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;
  readonly #route: Route;
  readonly #body: PassThrough | null;
  readonly #options: Dispatcher.DispatchOptions;
  #place: Place | undefined;
  #instance: Instance | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #mayRetry: boolean;

  constructor(request: IncomingMessage, response: ServerResponse, route: Route) {
    this.#response = response;
    this.#route = route;
    const method = request.method ?? 'GET';
    this.#body = hasBody(request) ? detachedBody(request) : null;
    this.#options = { method, path: '/', headers: requestHeaders(request), body: this.#body };
    this.#mayRetry = this.#body === null && SAFE.has(method);
    response.on('close', () => this.#controller?.abort(new Error('The client went away.')));
  }

  /** Only what may be repeated goes out on a connection kept alive, which the service may be closing right then. */
  start(place: Place): void {
    const instance = place.balancer.next(this.#instance);
    if (!instance) return refuse(this.#response, noInstance(this.#route.app, place.component));
    this.#place = place;
    this.#instance = instance;
    place.generation.begin();
    instance.begin();
    this.#options.path = place.target;
    instance.dispatch(this.#options, this, !this.#mayRetry);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#response.destroyed) controller.abort(new Error('The client went away.'));
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    // 1xx: hints for the hop to the service. The real response follows.
    if (status < 200) return;
    this.#response.writeHead(status, responseHeaders(headers));
    // The head of a stream must not wait for its first byte; flushHeaders() would encode it as UTF-8.
    if (headers['content-length'] === undefined) this.#response.write(NOTHING);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#response.write(chunk)) return;
    controller.pause();
    this.#response.once('drain', () => controller.resume());
  }

  onResponseEnd(): void {
    this.#response.end();
    this.#finish();
  }

  onResponseError(_controller: unknown, error: NodeJS.ErrnoException): void {
    this.#finish();
    if (this.#response.destroyed) return;
    // The client must not take the part that it has for the whole: cut.
    if (this.#response.headersSent) this.#response.destroy();
    else if (!this.#retry(error)) refuse(this.#response, noAnswer(this.#route.app, error));
  }

  #retry({ code = '' }: NodeJS.ErrnoException): boolean {
    const place = this.#mayRetry && BROKEN.has(code) ? this.#route.again() : undefined;
    if (!place) return false;
    this.#mayRetry = false;
    this.start(place);
    return true;
  }

  #finish(): void {
    this.#controller = undefined;
    this.#body?.destroy();
    this.#instance?.end();
    this.#place?.generation.end();
  }
}

/**
 * The body, apart from the request: undici destroys a body when the service answers before it has read it all,
 * and with the request itself the client's connection, and so the answer, would go. What is unread by then is
 * discarded.
 */
function detachedBody(request: IncomingMessage): PassThrough {
  const body = request.pipe(new PassThrough());
  body.on('error', () => undefined);
  body.on('close', () => request.resume());
  return body;
}
