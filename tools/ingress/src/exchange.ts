import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Balancer } from './balancer.js';
import { copyOf, release } from './copies.js';
import type { HeaderLines } from './cors.js';
import type { Generation } from './generation.js';
import { hasBody, type PlatformFront, requestHead } from './headers.js';
import { withoutHeaders } from './hop-by-hop.js';
import type { Instance } from './instance.js';
import { noAnswer, noInstance, type Refusal, refuse } from './refusal.js';
import type { Passage } from './steering.js';
import type { AnswerHandler, Sent } from './upstream/connection.js';
import type { Reuse } from './upstream/connections.js';
import { NoAnswer } from './upstream/no-answer.js';
import type { AnswerHead } from './upstream/response-head.js';

/** Safe in the sense of RFC 9110 section 9.2.1: to send one twice changes nothing. */
const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

const nothing = Buffer.alloc(0);

/** Up to this, head and body are sent faster as one string than as two buffers. */
const small = 8 * 1024;

/** Where a request goes: a component of a deployment, and the path and query as that sees them. */
export interface Place {
  generation: Generation;
  component: string;
  balancer: Balancer;
  target: string;
  /** What the answer says besides. */
  extra: HeaderLines;
  /** Where something steers the requests of the app. */
  passage: Passage | undefined;
}

export interface Route {
  app: string;
  front?: PlatformFront | undefined;
  /** Where the request would go now, except to those already tried; none where it would be refused. */
  again: (
    request: IncomingMessage,
    tried: ReadonlySet<Instance> | undefined,
    failed: Passage | undefined,
  ) => Place | undefined;
  /** Called with the number of body bytes that go to the client. */
  onSent: (bytes: number) => void;
  /** Called with the status of each answer when its head is there; `since` is when the request came (performance.now). */
  onAnswered: (status: number, since: number, component: string) => void;
}

/** One request on its way through the ingress and its response on the way back. */
export class Exchange implements AnswerHandler {
  readonly #since = performance.now();
  readonly #method: string;
  readonly #body: IncomingMessage | undefined;
  readonly #repeatable: boolean;
  #place: Place;
  #instance: Instance | undefined;
  #sent: Sent | undefined;
  /** The instances tried so far; none during the first try. */
  #tried: Set<Instance> | undefined;
  #repeated = false;
  #flushed = false;
  /** Whether it waits for a client that reads more slowly than the service writes. */
  #waits = false;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly route: Route,
    place: Place,
  ) {
    this.#method = request.method ?? 'GET';
    this.#body = hasBody(request) ? request : undefined;
    this.#repeatable = this.#body === undefined && safe.has(this.#method);
    this.#place = place;
    response.on('close', () => this.#sent?.cut());
  }

  /** Sends the request to the instance that is next. */
  start(): void {
    const { balancer, component } = this.#place;
    const instance = balancer.next();
    if (instance) return this.#send(instance);
    this.#place.passage?.onEnd('broken');
    this.#refuse(noInstance(this.route.app, component));
  }

  onHead({ status, headers }: AnswerHead): void {
    const { extra, passage, balancer, component } = this.#place;
    this.route.onAnswered(status, this.#since, component);
    this.#instance?.count(status >= 500);
    balancer.answered(this.#since);
    const kept = passage ? passage.onHead(status, headers).concat(passage.toClient) : headers;
    this.response.writeHead(status, extra.length === 0 ? kept : withExtra(kept, extra));
  }

  onInterim({ status, headers }: AnswerHead): void {
    // RFC 9110 section 15.2: HTTP/1.0 has none.
    if (this.request.httpVersion === '1.0') return;
    const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`];
    for (let i = 0; i + 1 < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
    this.response.socket?.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  }

  onData(data: Buffer): void {
    this.route.onSent(data.length);
    this.#place.passage?.onData?.(data);
    this.#flushed = true;
    const copy = copyOf(data);
    const hasRoom = this.response.write(copy, (error) => void (error ?? release(copy)));
    if (!hasRoom && !this.#waits) this.#wait();
  }

  onPause(): void {
    // The head of a stream must not wait for its first byte; flushHeaders() would encode it as UTF-8.
    if (!this.#flushed && this.response.headersSent) this.response.write(nothing);
    this.#flushed = true;
  }

  onEnd(): void {
    this.#finish();
    this.#place.passage?.onEnd('answered');
    this.response.end();
  }

  onWhole(data: Buffer): void {
    this.#finish();
    const { passage } = this.#place;
    passage?.onData?.(data);
    passage?.onEnd('answered');
    this.route.onSent(data.length);
    if (data.length > small) return void this.response.end(Buffer.from(data));
    if (data.length > 0) this.#writeAtOnce(data);
    this.response.end();
  }

  /** Head and data in one plain write: `end(data)` makes two buffers of them, which cost the system twice as much. */
  #writeAtOnce(data: Buffer): void {
    this.response.write(data.toString('latin1'), 'latin1');
    // It would gather writes until the end of this turn.
    this.response.socket?.uncork();
  }

  onError(error: NoAnswer): void {
    const failed = this.#finish();
    if (!this.response.headersSent && error.reason === 'broken') failed.count(true);
    this.#place.passage?.onEnd(error.reason === 'cut' || this.response.destroyed ? 'cut' : 'broken');
    if (this.response.destroyed) return;
    // Cut, so that the client does not take its part for the whole.
    if (this.response.headersSent) this.response.destroy();
    else if (!this.#sendAgain(error, failed)) this.#refuse(noAnswer(this.route.app, causeOf(error, failed)));
  }

  #send(instance: Instance): void {
    this.#instance = instance;
    instance.inFlight++;
    this.#place.generation.begin();
    const { target, passage } = this.#place;
    const head = requestHead(this.request, target, this.route, passage);
    const outgoing = { method: this.#method, head, body: this.#body, onBody: passage?.onBody };
    this.#sent = instance.send(outgoing, this, this.#reuse());
  }

  /** One read may hold many chunks of an answer. */
  #wait(): void {
    this.#waits = true;
    this.#sent?.pause();
    this.response.once('drain', () => {
      this.#waits = false;
      this.#sent?.resume();
    });
  }

  /** Only a repeatable request may use a connection that the service may be closing. */
  #reuse(): Reuse {
    if (this.#repeated) return 'never';
    return this.#repeatable ? 'any' : 'safe';
  }

  /**
   * Sends the request elsewhere if nothing was sent. If it may be repeated: once, to any instance, and once more where that
   * leads to another deployment.
   */
  #sendAgain({ reason }: NoAnswer, failed: Instance): boolean {
    const unsent = reason === 'not connected';
    if (!unsent && !this.#mayRepeat(reason, failed)) return false;
    this.#tried = (this.#tried ?? new Set()).add(failed);
    const elsewhere = unsent || this.#repeated;
    const place = this.route.again(this.request, elsewhere ? this.#tried : undefined, this.#place.passage);
    if (!place || (!unsent && this.#repeated && place.generation === this.#place.generation)) return false;
    const next = place.balancer.next(this.#tried) ?? (elsewhere ? undefined : place.balancer.next());
    if (!next) return false;
    this.#repeated ||= !unsent;
    this.#place = place;
    this.#send(next);
    return true;
  }

  #mayRepeat(reason: NoAnswer['reason'], failed: Instance): boolean {
    // Requests that a switch ended had their time to drain and to finish.
    const hadItsTime = this.#place.generation.isOver && (reason === 'cut' || failed.hadItsTime);
    return this.#repeatable && (reason === 'broken' || reason === 'cut') && !hadItsTime;
  }

  #refuse(refusal: Refusal): void {
    this.#body?.resume();
    this.route.onAnswered(refusal.status, this.#since, this.#place.component);
    const { extra, generation } = this.#place;
    refuse(this.response, refusal, extra, generation.traffic.errorPage);
  }

  #finish(): Instance {
    const instance = this.#instance as Instance;
    this.#sent = undefined;
    instance.inFlight--;
    this.#place.generation.end();
    return instance;
  }
}

/** An instance that breaks off after it was asked to end counts as replaced, not as broken. */
function causeOf(error: NoAnswer, { isLeaving }: Instance): NoAnswer {
  return isLeaving && error.reason === 'broken'
    ? new NoAnswer('cut', error.message, { cause: error })
    : error;
}

/** Replaces the service's own headers of the same names. */
function withExtra(headers: readonly string[], extra: HeaderLines): string[] {
  return [...withoutHeaders(headers, (name) => name.startsWith('access-control-')), ...extra];
}
