import { type IncomingMessage, request as httpRequest, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Place, Route } from './exchange.js';
import type { Generation } from './generation.js';
import { eachHeader } from './headers.js';
import { hopByHop, namedByConnection, withoutHeaders } from './hop-by-hop.js';
import type { Instance } from './instance.js';
import { noAnswer, noInstance, refuse } from './refusal.js';
import type { Passage } from './steering.js';
import { NoAnswer } from './upstream/no-answer.js';

/** How long a service may take to answer an upgrade. */
const answerMs = 60_000;

interface Tunnel {
  request: IncomingMessage;
  client: Duplex;
  /** What the client sent along with its request. */
  head: Buffer;
  place: Place;
  route: Route;
  /** The instances that do not listen. */
  tried: Set<Instance>;
}

/** Joins a WebSocket client and the service until either closes. Where the service declines, its answer is passed on. */
export function tunnel(
  request: IncomingMessage,
  client: Duplex,
  head: Buffer,
  place: Place,
  route: Route,
): void {
  const { balancer, component } = place;
  const instance = balancer.next();
  if (!instance) return refuse(responseOn(client, request), noInstance(route.app, component));
  ask({ request, client, head, place, route, tried: new Set() }, instance);
}

function ask(tunnel: Tunnel, instance: Instance): void {
  const { request, client, head, place } = tunnel;
  const release = hold(client, place.generation, instance);
  const headers = ['connection', 'upgrade', 'upgrade', 'websocket'];
  const { passage } = place;
  eachHeader(request, tunnel.route, passage, (name, value) => headers.push(name, value));
  const fail = (error: NoAnswer): void => {
    release();
    passage?.onEnd(client.destroyed ? 'cut' : 'broken');
    if (!client.destroyed) askAnother(tunnel, instance, error);
  };
  const { port, host } = instance;
  const upstream = httpRequest({ host, port, path: place.target, headers, agent: false });
  client.once('close', () => upstream.destroy());
  upstream.setTimeout(answerMs, () => upstream.destroy(new Error('no answer to the upgrade')));
  upstream.on('upgrade', (answer, service: Socket, first) => {
    if (!isToWebSocket(answer)) {
      service.destroy();
      return fail(new NoAnswer('malformed', 'it upgraded to another protocol'));
    }
    service.setTimeout(0);
    client.write(switchingProtocols(linesOf(101, answer, passage)), 'latin1');
    passage?.onEnd('answered');
    join(client, head, service, first);
  });
  upstream.on('response', (answer) => decline(request, client, answer, passage));
  upstream.on('error', (error) => fail(reasonOf(error)));
  upstream.end();
}

/** Counts it as in flight until it closes or is released. */
function hold(client: Duplex, generation: Generation, instance: Instance): () => void {
  generation.begin();
  const releaseInstance = instance.hold(client);
  let held = true;
  const release = (): void => {
    if (!held) return;
    held = false;
    client.off('close', release);
    releaseInstance();
    generation.end();
  };
  client.once('close', release);
  return release;
}

/** Nothing was sent to an instance that does not listen, so another may be tried. */
function askAnother(tunnel: Tunnel, failed: Instance, error: NoAnswer): void {
  const { request, client, route, tried, place: before } = tunnel;
  tried.add(failed);
  const place = error.reason === 'not connected' ? route.again(request, tried, before.passage) : undefined;
  const next = place?.balancer.next(tried);
  if (place && next) ask({ ...tunnel, place }, next);
  else refuse(responseOn(client, request), noAnswer(route.app, error));
}

function reasonOf(error: NodeJS.ErrnoException): NoAnswer {
  switch (error.code) {
    case 'ECONNREFUSED':
      return new NoAnswer('not connected', error.message);
    case 'HPE_HEADER_OVERFLOW':
      return new NoAnswer('long head', error.message);
    default:
      return new NoAnswer('broken', error.message);
  }
}

function isToWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

function switchingProtocols(passedOn: readonly string[]): string {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'connection: upgrade', 'upgrade: websocket'];
  for (let i = 0; i + 1 < passedOn.length; i += 2) lines.push(`${passedOn[i]}: ${passedOn[i + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** The headers that the client gets. */
function linesOf(status: number, answer: IncomingMessage, passage: Passage | undefined): string[] {
  const headers = endToEnd(answer);
  return passage ? [...passage.onHead(status, headers), ...passage.toClient] : headers;
}

function endToEnd({ headers, rawHeaders }: IncomingMessage): string[] {
  const named = namedByConnection(headers.connection);
  return withoutHeaders(rawHeaders, (name) => hopByHop.has(name) || named?.has(name) === true);
}

function join(client: Duplex, head: Buffer, service: Duplex, first: Buffer): void {
  service.on('error', () => service.destroy());
  client.once('close', () => service.destroy());
  // What the service said last still reaches the client.
  service.once('close', () => client.end(() => client.destroy()));
  service.write(head);
  client.write(first);
  client.pipe(service).pipe(client);
}

function decline(
  request: IncomingMessage,
  client: Duplex,
  answer: IncomingMessage,
  passage: Passage | undefined,
): void {
  const { statusCode: status = 502 } = answer;
  const response = responseOn(client, request);
  response.writeHead(status, linesOf(status, answer, passage));
  passage?.onEnd('answered');
  answer.on('error', () => client.destroy());
  answer.pipe(response);
}

/** node:http gives up its part in a connection that asks for an upgrade; this takes it on again, for one answer. */
export function responseOn(client: Duplex, request: IncomingMessage): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  // It is a socket: only a server that was handed other streams has others.
  response.assignSocket(client as Socket);
  response.once('finish', () => client.end(() => client.destroy()));
  return response;
}
