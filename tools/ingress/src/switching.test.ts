import { EventEmitter, once } from 'node:events';
import { Agent, request as httpRequest, type RequestListener, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Ingress } from './ingress.js';
import {
  openRaw,
  send,
  type SendOptions,
  startBehind,
  startIngress,
  startService,
  to,
} from './ingress.test.helper.js';
import { startProcess, type TestProcess } from './process.test.helper.js';
import type { Traffic } from './traffic.js';

/** Closes idle connections after KEEP_MS, and says so only where SAYS_SO is set; SIGTERM ends it on the spot. */
const exampleService = `
  import { createServer } from 'node:http';
  const server = createServer((request, response) => {
    if (!process.env.SAYS_SO) response.setHeader('connection', 'keep-alive');
    let body = '';
    request.on('data', (chunk) => (body += chunk)).on('end', () => {
      const answer = () => response.end(process.env.VERSION + ' ' + body);
      request.url === '/slow' ? setTimeout(answer, 100) : answer();
    });
  });
  server.keepAliveTimeout = Number(process.env.KEEP_MS);
  server.listen(Number(process.env.PORT), '127.0.0.1');
`;

const switches = process.env['NIGHTLY'] ? 20 : 8;

describe(`${switches} switches, each to a new process, under load`, () => {
  it('lose no request', { timeout: 60_000 }, async () => {
    const ingress = await startIngress();
    let live = await release(ingress, 0);
    const load = new Load(ingress);
    load.start(4, { agent: keepAlive() });
    load.start(2, {});
    load.start(4, { path: '/slow', agent: keepAlive() });
    load.start(2, { method: 'POST', body: 'x'.repeat(2000), agent: keepAlive() });
    load.start(2, { method: 'DELETE' });
    for (let version = 1; version <= switches; version++) {
      const before = live;
      live = await release(ingress, version);
      await before.stop();
      await expect.poll(() => load.seen.has(String(version)), { interval: 5 }).toBe(true);
    }
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.succeeded).toBeGreaterThan(switches * 25);
    expect(ingress.inFlight).toBe(0);
  });
});

describe('a service that closes idle connections', () => {
  it.each([
    ['after 5 ms and does not say so', { KEEP_MS: '5' }],
    ['after 5 ms and says so (timeout=0)', { KEEP_MS: '5', SAYS_SO: '1' }],
    ['after 1 s and says so (timeout=1)', { KEEP_MS: '1000', SAYS_SO: '1' }],
  ])('%s gets each POST once, whatever the pause before it', { timeout: 60_000 }, async (_, env) => {
    const ingress = await startIngress();
    await release(ingress, 0, env);
    const load = new Load(ingress);
    const post = { method: 'POST', body: 'x'.repeat(100) };
    load.start(8, { ...post, agent: keepAlive() }, () => Math.random() * 12);
    // Long enough for connections to be closed meanwhile.
    load.start(8, { ...post, path: '/slow' }, () => 850 + Math.random() * 200);
    await expect.poll(() => load.succeeded, { timeout: 30_000 }).toBeGreaterThan(500);
    await load.stop();
    expect(load.failures).toEqual([]);
  });
});

/** An ingress to one service, and what it was switched to. */
async function startLive(
  listener: RequestListener,
): Promise<{ ingress: Ingress; before: Traffic; server: Server }> {
  const { port, server } = await startService(listener);
  const ingress = await startIngress();
  const before = to(port);
  await ingress.switchTo(before, { drainMs: 0 });
  return { ingress, before, server };
}

function portsOf({ components }: Traffic): readonly number[] {
  const web = components.get('web');
  return web && 'ports' in web ? web.ports : [];
}

/** What a deployment does: start, check, switch, and the old one has nothing in flight. */
async function release(ingress: Ingress, version: number, more = { KEEP_MS: '5' }): Promise<TestProcess> {
  const started = await startProcess(exampleService, { VERSION: String(version), ...more });
  await ingress.switchTo(to(started.port), { drainMs: 10_000 });
  return started;
}

/** Clients that each send one request after another until they are stopped. */
class Load {
  readonly seen = new Set<string | undefined>();
  readonly failures: unknown[] = [];
  succeeded = 0;
  readonly #ingress: Ingress;
  readonly #clients: Promise<void>[] = [];
  #stopped = false;

  constructor(ingress: Ingress) {
    this.#ingress = ingress;
  }

  /** @param pauseMs before each request of each client */
  start(clients: number, options: SendOptions, pauseMs = () => 0): void {
    for (let i = 0; i < clients; i++) this.#clients.push(this.#client(options, pauseMs));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
  }

  async #client(options: SendOptions, pauseMs: () => number): Promise<void> {
    while (!this.#stopped) {
      const pause = pauseMs();
      if (pause > 0) await delay(pause);
      const { status, body } = await send(this.#ingress, options).catch((error) => ({
        status: error,
        body: '',
      }));
      const [version, echo] = body.split(' ');
      if (status === 200 && echo === (options.body ?? '')) this.succeeded++;
      else this.failures.push([options.method, options.path, status, body]);
      this.seen.add(version);
    }
  }
}

function keepAlive(): Agent {
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  return agent;
}

describe('a switch', () => {
  it('lets the requests of the old deployment end while new ones go to the new', async () => {
    const { ingress, server } = await startBehind(() => undefined);
    const slow = send(ingress, { path: '/slow' });
    const [, response] = await once(server, 'request');
    const next = await startService((_, answer) => answer.end('new'));
    let drained = false;
    const switched = ingress.switchTo(to(next.port), { drainMs: 10_000 }).then(() => (drained = true));
    expect((await send(ingress)).body).toBe('new');
    expect(drained).toBe(false);
    expect(ingress.inFlight).toBe(1);
    response.end('old, whole');
    expect((await slow).body).toBe('old, whole');
    await switched;
  });

  it('keeps requests that outlast the drain time, until their instance is removed', async () => {
    const { ingress, before, server } = await startLive((request, response) => {
      if (request.url === '/stream') response.write('begun');
    });
    const stream = httpRequest(`${ingress.url}/stream`, { agent: false }).end();
    const [response] = await once(stream, 'response');
    const asked = once(server, 'request');
    const late = send(ingress);
    const [, answer] = await asked;
    const unanswered = send(ingress, { path: '/never' });
    await expect.poll(() => ingress.inFlight).toBe(3);
    const next = await startService((_, other) => other.end('new'));
    await ingress.switchTo(to(next.port), { drainMs: 50 });
    expect(ingress.inFlight).toBe(3);
    expect((await send(ingress)).body).toBe('new');
    answer.end('late, whole');
    expect((await late).body).toBe('late, whole');
    const cut = once(response.resume(), 'error');
    await ingress.setInstances(before, 'web', []);
    expect(await unanswered).toMatchObject({
      status: 503,
      body: expect.stringContaining('was replaced before'),
    });
    expect(await cut).toMatchObject([{ code: 'ECONNRESET' }]);
    expect(ingress.inFlight).toBe(0);
  });

  it('has a GET answered by the new service where the old one ends in its grace period, and none when that is over', async () => {
    let arrived = 0;
    const { ingress, before, server } = await startLive(() => void (arrived += 1));
    const requests = [send(ingress), send(ingress, { method: 'POST', body: 'x' })];
    await expect.poll(() => arrived).toBe(2);
    const next = await startService((_, answer) => answer.end('new'));
    await ingress.switchTo(to(next.port), { drainMs: 0 });
    await ingress.setInstances(before, 'web', [], [{ port: portsOf(before)[0] ?? 0, graceMs: 60_000 }]);
    server.closeAllConnections();
    expect((await Promise.all(requests)).map(({ status }) => status)).toEqual([200, 503]);
  });

  it('ends what was killed after its grace period with 503: to begin anew would take as long again', async () => {
    let arrived = 0;
    const { ingress, before, server } = await startLive(() => void (arrived += 1));
    const request = send(ingress);
    await expect.poll(() => arrived).toBe(1);
    const next = await startService((_, answer) => answer.end('new'));
    await ingress.switchTo(to(next.port), { drainMs: 0 });
    await ingress.setInstances(before, 'web', [], [{ port: portsOf(before)[0] ?? 0, graceMs: 0 }]);
    server.closeAllConnections();
    expect(await request).toMatchObject({
      status: 503,
      body: expect.stringContaining('was replaced before'),
    });
  });

  it('leaves a client that reads slowly all that its service had sent before it ended', async () => {
    const length = 4 * 1024 * 1024;
    const head = `HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: ${length}\r\n\r\n`;
    const ended = new EventEmitter();
    const { ingress, before } = await startLive((request) => {
      const { socket } = request;
      socket.end(Buffer.concat([Buffer.from(head), Buffer.alloc(length, 'x')]), () => {
        socket.destroy();
        ended.emit('ended');
      });
    });
    const { socket, received } = openRaw(ingress);
    const sent = once(ended, 'ended');
    socket.pause().write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    await sent;
    expect(ingress.inFlight).toBe(1);
    const next = await startService((_, answer) => answer.end('new'));
    await ingress.switchTo(to(next.port), { drainMs: 0 });
    await ingress.setInstances(before, 'web', []);
    await once(socket.resume(), 'close');
    expect(received().length).toBeGreaterThan(length);
    await expect.poll(() => ingress.inFlight).toBe(0);
  });

  it('to nothing refuses new requests, and finishes those in progress', async () => {
    const { ingress, server } = await startLive(() => undefined);
    const slow = send(ingress);
    const [, response] = await once(server, 'request');
    const drained = ingress.switchTo(undefined, { drainMs: 10_000 });
    expect(await send(ingress)).toMatchObject({
      status: 503,
      body: expect.stringContaining('is stopping'),
    });
    response.end('whole');
    expect((await slow).body).toBe('whole');
    await drained;
  });

  it('leaves no connection to the old service', async () => {
    const { ingress, server } = await startBehind((_, response) => response.end());
    await Promise.all([send(ingress), send(ingress), send(ingress, { method: 'POST' })]);
    await ingress.switchTo(to((await startService((_, response) => response.end())).port), { drainMs: 1000 });
    server.close();
    await once(server, 'close');
  });

  it('may overtake another that still drains', async () => {
    const first = await startService(() => undefined);
    const ingress = await startIngress();
    await ingress.switchTo(to(first.port), { drainMs: 0 });
    const slow = send(ingress);
    const [, response] = await once(first.server, 'request');
    const second = await startService((_, answer) => answer.end('second'));
    const third = await startService((_, answer) => answer.end('third'));
    const draining = ingress.switchTo(to(second.port), { drainMs: 10_000 });
    await ingress.switchTo(to(third.port), { drainMs: 10_000 });
    expect((await send(ingress)).body).toBe('third');
    response.end('first');
    expect((await slow).body).toBe('first');
    await draining;
  });
});

describe('a WebSocket', () => {
  const HELLO =
    'GET /ws HTTP/1.1\r\nhost: localhost\r\nconnection: keep-alive, Upgrade\r\nupgrade: WebSocket\r\nsec-websocket-key: abc\r\n\r\n';

  /** Answers 101 and then echoes, as bytes: the ingress does not look inside the frames. */
  async function echoing(): Promise<Ingress> {
    const { ingress, server } = await startBehind((_, response) => response.end('plain'));
    server.on('upgrade', (request, socket, head) => {
      const key = request.headers['sec-websocket-key'];
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ${key}\r\n\r\nwelcome `,
      );
      socket.write(head);
      socket.on('error', () => undefined).pipe(socket);
    });
    return ingress;
  }

  it('is forwarded both ways, the bytes sent with the upgrade included', async () => {
    const ingress = await echoing();
    const { socket, received } = openRaw(ingress);
    socket.write(`${HELLO}early `);
    await expect.poll(received).toContain('welcome early ');
    expect(received()).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(received()).toContain('sec-websocket-accept: abc\r\n');
    socket.write('later');
    await expect.poll(received).toContain('welcome early later');
    expect(ingress.inFlight).toBe(1);
    socket.end();
    await expect.poll(() => ingress.inFlight).toBe(0);
  });

  it('outlives the drain time, and delivers the last message of its service', async () => {
    const { ingress, before, server } = await startLive((_, response) => response.end('plain'));
    const opened = once(server, 'upgrade');
    const { socket, received } = openRaw(ingress);
    socket.write(HELLO);
    const [, service] = await opened;
    service.on('error', () => undefined);
    service.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    await expect.poll(received).toContain('101');
    await ingress.switchTo(to((await startService((_, response) => response.end())).port), { drainMs: 20 });
    await ingress.setInstances(before, 'web', [], [{ port: portsOf(before)[0] ?? 0, graceMs: 60_000 }]);
    expect(ingress.inFlight).toBe(1);
    service.end('going away');
    await once(socket, 'close');
    expect(received()).toMatch(/going away$/);
    await expect.poll(() => ingress.inFlight).toBe(0);
  });

  it('stays open when its deployment is switched to again, as by the next server, with instances anew', async () => {
    const { port, server } = await startService((_, response) => response.end('one'));
    server.on('upgrade', (_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
      socket.on('error', () => undefined).pipe(socket);
    });
    const ingress = await startIngress();
    const traffic = to(port);
    await ingress.switchTo(traffic, { drainMs: 0 });
    const { socket, received } = openRaw(ingress);
    socket.write(HELLO);
    await expect.poll(received).toContain('101');
    const { port: another } = await startService((_, response) => response.end('two'));
    const components = new Map([['web', { ports: [port, another] }]]);
    await ingress.switchTo({ ...traffic, components }, { drainMs: 0 });
    socket.write('still here');
    await expect.poll(received).toContain('still here');
    // The other one has something in progress.
    expect((await send(ingress)).body).toBe('two');
  });

  it('does not keep the ingress from closing', async () => {
    const ingress = await echoing();
    const { socket, received } = openRaw(ingress);
    socket.write(HELLO);
    await expect.poll(received).toContain('welcome');
    const closed = once(socket, 'close');
    await ingress.close();
    await closed;
  });

  it("gets the service's response if the service declines", async () => {
    const { ingress } = await startBehind((_, response) =>
      response.writeHead(426, { 'x-why': 'no' }).end('no sockets here'),
    );
    const { socket, received } = openRaw(ingress);
    socket.write(HELLO);
    await once(socket, 'close');
    expect(received()).toMatch(/^HTTP\/1\.1 426 [^]*x-why: no[^]*no sockets here/);
    await expect.poll(() => ingress.inFlight).toBe(0);
  });

  it('does no harm if its client disconnects at once', async () => {
    const ingresses = [await startIngress(), await echoing()];
    for (const ingress of [...ingresses, ...ingresses]) {
      const { socket } = openRaw(ingress);
      await once(socket, 'connect');
      socket.write(HELLO, () => socket.resetAndDestroy());
      await once(socket, 'close');
    }
    await expect.poll(() => ingresses.map(({ inFlight }) => inFlight)).toEqual([0, 0]);
    expect(
      (await Promise.all(ingresses.map((ingress) => send(ingress)))).map(({ status }) => status),
    ).toEqual([503, 200]);
  });

  it('is refused where a request would be: no deployment, a foreign host, a service that is gone', async () => {
    const empty = openRaw(await startIngress());
    empty.socket.write(HELLO);
    const { ingress, server } = await startBehind(() => undefined);
    const foreign = openRaw(ingress);
    foreign.socket.write(HELLO.replace('localhost', 'evil.example'));
    await Promise.all([once(empty.socket, 'close'), once(foreign.socket, 'close')]);
    expect(empty.received()).toMatch(/^HTTP\/1\.1 503 /);
    expect(foreign.received()).toMatch(/^HTTP\/1\.1 421 /);
    server.close();
    const gone = openRaw(ingress);
    gone.socket.write(HELLO);
    await once(gone.socket, 'close');
    expect(gone.received()).toMatch(/^HTTP\/1\.1 502 /);
  });
});
