import { SkillError } from '@odoobo/skill-kit';
import { guardedLookup, type Reach, refuseForbiddenLiteral } from '@odoobo/skill-kit/outgoing';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

type ReachOf = (url: URL) => Reach;

/**
 * A proxy on the loopback through which the browser goes: a page can ask for anything, and the browser would look its
 * hosts up itself. Only addresses within their reach are connected to, for every request, redirect and socket of a page.
 */
export class GuardProxy {
  readonly #server = createServer((request, response) => this.#forward(request, response));
  readonly #sockets = new Set<Duplex>();
  readonly #failures = new Map<string, SkillError>();

  private constructor(private readonly reachOf: ReachOf) {
    this.#server.on('connect', (request, socket: Duplex, head: Buffer) =>
      this.#tunnel(request, socket, head),
    );
    this.#server.on('connection', (socket: Socket) => this.#track(socket));
  }

  static async start(reachOf: ReachOf): Promise<GuardProxy> {
    const proxy = new GuardProxy(reachOf);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Why a host was not called, if it could not or must not be. */
  failureOf(host: string): SkillError | undefined {
    return this.#failures.get(host);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    const fail = (host: string) => (error: Error) => {
      this.#note(host, error);
      if (!response.headersSent) response.writeHead(error instanceof SkillError ? 403 : 502);
      response.end();
    };
    const target = request.url ?? '';
    if (!URL.canParse(target)) return fail(target)(new Error('It is no URL.'));
    const url = new URL(target);
    try {
      const headers = { ...request.headers };
      delete headers['proxy-connection'];
      const { method } = request;
      const outgoing = httpRequest(url, { method, headers, agent: false, lookup: this.#lookupFor(url) });
      outgoing.on('response', (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response).on('error', () => answer.destroy());
      });
      outgoing.on('error', fail(url.host));
      response.on('close', () => outgoing.destroy());
      request.pipe(outgoing);
    } catch (error) {
      fail(url.host)(error as Error);
    }
  }

  /** For HTTPS and web sockets. The browser checks the certificate. */
  #tunnel(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const target = `https://${request.url ?? ''}`;
    const fail = (error: Error) => {
      this.#note(URL.canParse(target) ? new URL(target).host : target, error);
      socket.end(`HTTP/1.1 ${error instanceof SkillError ? '403 Forbidden' : '502 Bad Gateway'}\r\n\r\n`);
    };
    socket.on('error', () => socket.destroy());
    if (!URL.canParse(target)) return fail(new Error('It is no host.'));
    const url = new URL(target);
    try {
      const host = url.hostname.replace(/^\[|\]$/g, '');
      const outgoing = connect({ host, port: Number(url.port || 443), lookup: this.#lookupFor(url) });
      this.#track(outgoing);
      outgoing.once('error', fail);
      outgoing.once('connect', () => {
        outgoing.off('error', fail).on('error', () => socket.destroy());
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        outgoing.write(head);
        outgoing.pipe(socket).pipe(outgoing);
      });
      socket.on('close', () => outgoing.destroy());
    } catch (error) {
      fail(error as Error);
    }
  }

  #lookupFor(url: URL) {
    const reach = this.reachOf(url);
    refuseForbiddenLiteral(url, reach);
    return guardedLookup(reach);
  }

  #note(host: string, error: Error): void {
    const { code = 'broken connection' } = error as NodeJS.ErrnoException;
    const failure = new SkillError(502, 'unreachable', `Could not reach ${host}: ${code}.`, { cause: error });
    this.#failures.set(host, error instanceof SkillError ? error : failure);
  }

  #track(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
