import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Admission, type FromSite, type Refused, refused, type ToInstances } from './admission.js';
import { violationOf } from './conformance.js';
import { Exchange, type Route } from './exchange.js';
import type { Generations } from './generations.js';
import type { PlatformFront } from './headers.js';
import { isWebSocket, withoutUpgrade } from './offered-upgrade.js';
import { loadingPage, notAwake, noTunnels, refuse, sendPage, unknownExpectation } from './refusal.js';
import type { RequestCounts } from './request-counts.js';
import type { ResponseTimes } from './response-times.js';
import { serveSite } from './serve-site.js';
import type { Steering } from './steering.js';
import { Turns } from './turns.js';
import { type ParseError, refuseUnreadable } from './unreadable.js';
import { responseOn, tunnel } from './upgrade.js';

export interface FrontOptions {
  /** The app's name. */
  app: string;
  /** What stands in front; without it, the ingress answers to names of this machine only. */
  front?: PlatformFront | undefined;
  steering?: Steering | undefined;
}

/** Where the answers of an app are counted. */
export interface Measured {
  times: ResponseTimes;
  counts: RequestCounts;
}

/** An HTTP server that answers for an app; it does not listen yet. */
export function openFront(options: FrontOptions, generations: Generations, measured: Measured): Server {
  return new Front(options, generations, measured).server;
}

/** What clients see of an app: accepts their requests one after another and passes each on to where it is answered. */
class Front {
  readonly server: Server;
  readonly #turns = new Turns();
  readonly #route: Route;

  readonly #anyHost: boolean;

  constructor(
    private readonly options: FrontOptions,
    private readonly generations: Generations,
    private readonly measured: Measured,
  ) {
    const { app, front } = options;
    this.#anyHost = front !== undefined;
    this.#route = {
      app,
      front,
      again: (request, tried, failed) => {
        const admission = generations.admit(request, tried, failed);
        return admission.kind === 'instances' ? admission : undefined;
      },
      onSent: (bytes) => generations.bytesSent.add(bytes),
      onAnswered: (status, since, component) => this.#count(status, since, component),
    };
    this.server = this.#listening();
  }

  #listening(): Server {
    const turns = this.#turns;
    // An idle connection is its client's to close: no client ever sends a request while the ingress closes on it.
    return createServer({ keepAliveTimeout: 0, requireHostHeader: false })
      .on('request', (request, response) =>
        turns.take(request, response, () => this.#answer(request, response)),
      )
      .on('checkContinue', (request, response) =>
        turns.take(request, response, () => this.#answer(request, response, true)),
      )
      .on('checkExpectation', (request, response) =>
        turns.take(request, response, () => this.#refuse(response, refused(unknownExpectation()))),
      )
      .on('upgrade', (request, client, head) => {
        letGo(client);
        turns.afterAll(client, () => this.#upgrade(request, client, head));
      })
      .on('connect', (request, client) => {
        letGo(client);
        turns.afterAll(client, () => refuse(responseOn(client, request), noTunnels(this.options.app)));
      })
      .on('clientError', (error: ParseError, client) =>
        turns.breakOff(client, (answered) => refuseUnreadable(client, error, answered)),
      );
  }

  /** @param asks The client waits for 100 before it sends the body; a refused one gets none. */
  #answer(request: IncomingMessage, response: ServerResponse, asks = false): void {
    const { app, steering } = this.options;
    const violation = violationOf(request, app, this.#anyHost);
    if (violation) return this.#refuse(response, refused(violation));
    if (endsHere(request)) return answerHere(request, response);
    if (steering?.answers(request, response)) return;
    this.#pass(request, response, asks);
  }

  #pass(request: IncomingMessage, response: ServerResponse, asks: boolean): void {
    const to = this.generations.admit(request);
    const asleep = asleepOf(to);
    if (asleep) {
      if (this.#showsLoading(request, response, asleep)) return;
      const again = (): void => this.#pass(request, response, asks);
      return void this.#whenAwake(asleep, response, again, (failed) => this.#refuse(response, failed));
    }
    if (asks && to.kind === 'instances') response.writeContinue();
    this.#lead(request, response, to);
  }

  /** Whether the client gets the loading page of a component that sleeps; it wakes then, too. */
  #showsLoading(request: IncomingMessage, response: ServerResponse, asleep: ToInstances): boolean {
    const { balancer, component, extra, generation } = asleep;
    const page = loadingPage(request, generation.traffic.loadingPages?.[component]);
    if (page === undefined) return false;
    balancer.askToWake();
    this.#count(503, performance.now(), '');
    sendPage(response, 503, page, [...extra, 'cache-control', 'no-store']);
    return true;
  }

  #upgrade(request: IncomingMessage, client: Duplex, head: Buffer): void {
    if (!isWebSocket(request))
      return void this.server.emit('connection', withoutUpgrade(request, client, head));
    const violation = violationOf(request, this.options.app, this.#anyHost);
    if (violation) return this.#refuse(responseOn(client, request), refused(violation));
    this.#join(request, client, head);
  }

  #join(request: IncomingMessage, client: Duplex, head: Buffer): void {
    const to = this.generations.admit(request);
    const asleep = asleepOf(to);
    if (asleep) {
      const again = (): void => this.#join(request, client, head);
      const refuseIt = (failed: Refused): void => this.#refuse(responseOn(client, request), failed);
      return void this.#whenAwake(asleep, client, again, refuseIt);
    }
    if (to.kind === 'instances') tunnel(request, client, head, to, this.#route);
    else this.#lead(request, responseOn(client, request), to);
  }

  /** The request is looked up again then: another deployment may be live. */
  async #whenAwake(
    { balancer, component, extra, generation }: ToInstances,
    client: { readonly destroyed: boolean },
    again: () => void,
    refuseIt: (failed: Refused) => void,
  ): Promise<void> {
    const failure = await balancer.untilAwake();
    if (client.destroyed) return;
    if (failure === undefined) again();
    else {
      const { errorPage: pageUrl } = generation.traffic;
      refuseIt({ ...refused(notAwake(this.options.app, component, failure), extra), pageUrl });
    }
  }

  #lead(request: IncomingMessage, response: ServerResponse, to: Admission): void {
    if (to.kind === 'instances') new Exchange(request, response, this.#route, to).start();
    else if (to.kind === 'site') this.#serve(request, response, to);
    else if (to.kind === 'refused') this.#refuse(response, to);
    else response.writeHead(to.status, [...to.headers]).end();
  }

  #serve(request: IncomingMessage, response: ServerResponse, to: FromSite): void {
    const since = performance.now();
    const { app, onSent } = this.#route;
    const onAnswered = (status: number): void => this.#count(status, since, to.component);
    void serveSite(request, response, { app, onSent, onAnswered, ...to });
  }

  #refuse(response: ServerResponse, { refusal, extra, pageUrl }: Refused): void {
    this.#count(refusal.status, performance.now(), '');
    refuse(response, refusal, extra, pageUrl);
  }

  #count(status: number, since: number, component: string): void {
    this.measured.times.add(status, since);
    this.measured.counts.add(component, status, since);
  }
}

function asleepOf(to: Admission): ToInstances | undefined {
  return to.kind === 'instances' && to.balancer.isAsleep ? to : undefined;
}

/** node:http has released the connection: nothing else handles its errors now. */
function letGo(client: Duplex): void {
  client.on('error', () => client.destroy());
}

/** Headers about the sender that the answer should not show. */
const sensitive = new Set(['authorization', 'cookie', 'proxy-authorization']);

const counted = new Set(['OPTIONS', 'TRACE']);

/**
 * Whether a request must not be passed on because it asks the ingress itself for an answer; else reduces its hops by one.
 * RFC 9110 section 7.6.2.
 */
function endsHere(request: IncomingMessage): boolean {
  if (!counted.has(request.method ?? '')) return false;
  if (request.url === '*') return true;
  const { rawHeaders } = request;
  const index = rawHeaders.findIndex((name, at) => at % 2 === 0 && name.toLowerCase() === 'max-forwards');
  const value = rawHeaders[index + 1] ?? '';
  if (index === -1 || !/^\d{1,9}$/.test(value)) return false;
  if (Number(value) === 0) return true;
  rawHeaders[index + 1] = String(Number(value) - 1);
  return false;
}

/** Answers as the server that a request was meant for: OPTIONS with nothing, TRACE with the request. */
function answerHere(request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'TRACE') return void response.writeHead(200, { 'content-length': '0' }).end();
  const body = Buffer.from(traceOf(request), 'latin1');
  response
    .writeHead(200, { 'content-type': 'message/http', 'content-length': String(body.length) })
    .end(body);
}

/** RFC 9110 section 9.3.8. */
function traceOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (!sensitive.has(name.toLowerCase())) lines.push(`${name}: ${rawHeaders[i + 1]}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}
