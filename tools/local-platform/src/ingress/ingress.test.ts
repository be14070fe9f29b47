/**
 * Each trap that proxies were seen to fall into is a test: Expect: 100-continue, Connection-named headers, X-Forwarded-*,
 * limits of headers (431, 502), 1xx, HEAD, requests whose end is in doubt, a service that breaks off, a client that goes
 * away, slow readers on either side, and closing with a stream open, here; the race with idle connections, draining and
 * WebSockets in switching.test.ts; crowds in crowd.test.ts; answers whose end is in doubt in upstream/response.test.ts.
 * That a new process is healthy before it gets traffic is seen to in running/.
 */
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import type { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openIngress } from './ingress.js';
import { openRaw, send, startBehind, startIngress, startService, to } from './ingress.test.helper.js';

describe('an ingress', () => {
  it('answers 503 and says why before the first deployment is live', async () => {
    const answer = await send(await startIngress());
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.body)).toEqual({
      id: 'no_live_deployment',
      message: expect.stringContaining('App "pr-review" has no live deployment yet.'),
    });
  });

  it('leads to the service and back: method, path, query, headers, body', async () => {
    const { ingress } = await startBehind(async (request, response) => {
      response.writeHead(201, {
        'x-seen': request.headers['x-custom'],
        'set-cookie': ['a=1', 'b=2'],
      });
      response.end(Buffer.from(`${request.method} ${request.url} ${await text(request)}`));
    });
    const answer = await send(ingress, {
      method: 'PATCH',
      path: '/a/b?c=d%20e',
      headers: { 'x-custom': 'caf\u00e9' },
      body: Buffer.from('the body'),
    });
    expect(answer).toMatchObject({ status: 201, body: 'PATCH /a/b?c=d%20e the body' });
    expect(answer.headers).toMatchObject({ 'x-seen': 'caf\u00e9', 'set-cookie': ['a=1', 'b=2'] });
  });

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '192.168.1.7:80'])(
    'refuses the host %j, which leads here by DNS rebinding',
    async (host) => {
      const { ingress } = await startBehind((_, response) => response.end('secret'));
      const answer = await send(ingress, { headers: { host } });
      expect(answer.status).toBe(421);
      expect(answer.body).not.toContain('secret');
    },
  );

  it('refuses a request without a host', async () => {
    const { ingress } = await startBehind((_, response) => response.end('secret'));
    const { socket, received } = openRaw(ingress);
    socket.write('GET / HTTP/1.0\r\n\r\n');
    await once(socket, 'close');
    expect(received()).toMatch(/^HTTP\/1.1 421 /);
  });

  it.each(['localhost', 'LOCALHOST:4100', '127.0.0.1:1', '[::1]:80', 'pr-review.localhost:4100'])(
    'takes the host %j',
    async (host) => {
      const { ingress } = await startBehind((request, response) => response.end(request.headers.host));
      expect(await send(ingress, { headers: { host } })).toMatchObject({ status: 200, body: host });
    },
  );

  it('refuses a request target that is not a path', async () => {
    const { ingress } = await startBehind((_, response) => response.end());
    expect((await send(ingress, { path: 'http://evil.example/' })).status).toBe(400);
    expect((await send(ingress, { method: 'OPTIONS', path: '*' })).status).toBe(400);
  });

  it('names the port and the app when the port is taken', async () => {
    const { port } = await startIngress();
    await expect(openIngress({ port, app: 'nl-sql' })).rejects.toThrow(
      `Could not listen on 127.0.0.1:${port} for app "nl-sql" (EADDRINUSE). Stop what uses the port`,
    );
  });

  it('closes at once with a stream and kept-alive connections open', async () => {
    const { ingress } = await startBehind((_, response) => response.write('first'));
    const { socket } = openRaw(ingress);
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await once(socket, 'data');
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const ended = once(socket, 'close');
    await ingress.close();
    await ended;
    await expect(send(ingress)).rejects.toThrow('ECONNREFUSED');
    await expect(ingress.switchTo(to(1), { drainMs: 0 })).rejects.toThrow('The ingress is closed');
  });
});

describe('what an ingress passes on', () => {
  it('drops the headers of one connection, both ways', async () => {
    const { ingress } = await startBehind((request, response) => {
      response.setHeader('connection', 'x-hop, close');
      response.setHeader('x-hop', 'of this connection only');
      response.setHeader('proxy-authenticate', 'Basic');
      response.setHeader('x-end', 'kept');
      response.end(JSON.stringify(request.headers));
    });
    const hops = {
      connection: 'close, X-Secret-Hop',
      'x-secret-hop': '1',
      te: 'trailers',
      'proxy-authorization': 'Basic eA==',
    };
    const answer = await send(ingress, { headers: { ...hops, 'x-end': '1' } });
    const seen = JSON.parse(answer.body) as Record<string, string>;
    expect(Object.keys(seen)).not.toEqual(expect.arrayContaining(['x-secret-hop']));
    expect(seen).not.toHaveProperty('te');
    expect(seen).not.toHaveProperty('proxy-authorization');
    expect(seen['x-end']).toBe('1');
    expect(answer.headers).not.toHaveProperty('x-hop');
    expect(answer.headers).not.toHaveProperty('proxy-authenticate');
    expect(answer.headers['x-end']).toBe('kept');
  });

  it('passes on a request whole, whatever its Connection header names', async () => {
    const { ingress } = await startBehind(async (request, response) => {
      response.end(`${request.url} ${request.headers.host} ${await text(request)}`);
    });
    const headers = { connection: 'close, content-length, host, transfer-encoding', host: 'a.localhost' };
    const body = 'GET /smuggled HTTP/1.1\r\nhost: localhost\r\n\r\n';
    expect((await send(ingress, { method: 'POST', headers, body })).body).toBe(`/ a.localhost ${body}`);
  });

  it('overwrites what a client says of itself in X-Forwarded-* and Forwarded', async () => {
    const { ingress } = await startBehind((request, response) =>
      response.end(JSON.stringify(request.headers)),
    );
    const lies = {
      'x-forwarded-for': '8.8.8.8',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.example',
    };
    const headers = {
      ...lies,
      'x-forwarded-prefix': '/admin',
      forwarded: 'for=8.8.8.8',
      host: 'a.localhost:1',
    };
    const seen = JSON.parse((await send(ingress, { headers })).body) as Record<string, string>;
    expect(seen).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'a.localhost:1',
    });
    expect(seen).not.toHaveProperty('forwarded');
    expect(seen).not.toHaveProperty('x-forwarded-prefix');
  });

  it('answers Expect: 100-continue itself', async () => {
    const { ingress } = await startBehind(async (request, response) => {
      response.end(`${request.headers.expect ?? 'no expectation'}: ${await text(request)}`);
    });
    const { socket, received } = openRaw(ingress);
    socket.write(
      'POST / HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 5\r\nconnection: close\r\n\r\n',
    );
    await expect.poll(received).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('hello');
    await once(socket, 'close');
    expect(received()).toContain('HTTP/1.1 200 OK');
    expect(received()).toContain('no expectation: hello');
  });

  it('answers 431 to a request with more than 16 KB of headers', async () => {
    const { ingress } = await startBehind((_, response) => response.end());
    expect((await send(ingress, { headers: { 'x-long': 'x'.repeat(17_000) } })).status).toBe(431);
  });

  it('answers 502 for a response with more than 16 KB of headers', async () => {
    const { ingress } = await startBehind((_, response) => {
      response.setHeader('x-long', 'x'.repeat(17_000)).end();
    });
    expect(await send(ingress)).toMatchObject({
      status: 502,
      body: expect.stringContaining('16 KB of headers'),
    });
  });

  it('sends the head of a stream before its first byte', async () => {
    const { ingress } = await startBehind((_, response) => response.writeHead(200).flushHeaders());
    const request = httpRequest(ingress.url, { agent: false }).end();
    const [response] = await once(request, 'response');
    expect(response.statusCode).toBe(200);
    request.destroy();
  });

  it('gives the client the answer of a service that does not read the whole upload', async () => {
    const { ingress } = await startBehind((request, response) => {
      request.pause();
      response.writeHead(413, { connection: 'close' }).end('too much');
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const body = 'x'.repeat(3_000_000);
    expect(await send(ingress, { method: 'POST', body, agent })).toMatchObject({
      status: 413,
      body: 'too much',
    });
    expect(await send(ingress, { method: 'POST', body, agent })).toMatchObject({
      status: 413,
      body: 'too much',
    });
  });

  it('takes an upgrade that it does not know for a plain request, body included', async () => {
    const { ingress } = await startBehind(async (request, response) => {
      response.end(`${request.headers.upgrade}: ${await text(request)}`);
    });
    const { socket, received } = openRaw(ingress);
    const head =
      'host: localhost\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAA';
    socket.write(`POST / HTTP/1.1\r\n${head}\r\ncontent-length: 10\r\n\r\nfirst`);
    socket.write('later');
    await expect.poll(received).toContain('undefined: firstlater');
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await expect.poll(received).toMatch(/undefined: $|undefined: \r\n/);
  });
});

describe('what an ingress reads of HTTP', () => {
  it.each(['HEAD', 'GET', 'OPTIONS', 'DELETE', 'POST'])(
    'passes on %s without a body, and an answer without one',
    async (method) => {
      const { ingress } = await startBehind((request, response) => {
        const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
        response.writeHead(204, { 'x-seen': `${request.method} ${length} ${coding}` }).end();
      });
      const length = method === 'POST' ? '0' : 'undefined';
      const answer = await send(ingress, { method });
      expect(answer).toMatchObject({
        status: 204,
        body: '',
        headers: { 'x-seen': `${method} ${length} undefined` },
      });
    },
  );

  it('leaves the length of an answer to HEAD as it is', async () => {
    const { ingress } = await startBehind((_, response) => response.setHeader('content-length', 1234).end());
    const answer = await send(ingress, { method: 'HEAD' });
    expect(answer).toMatchObject({ status: 200, body: '', headers: { 'content-length': '1234' } });
  });

  it.each(['GET', 'DELETE', 'PUT'])('passes on a %s with a body in chunks', async (method) => {
    const { ingress } = await startBehind(async (request, response) => response.end(await text(request)));
    const request = httpRequest(ingress.url, {
      method,
      agent: false,
      headers: { 'transfer-encoding': 'chunked' },
    });
    request.write('one, ');
    const answer = once(request, 'response');
    request.end('two');
    const [response] = await answer;
    expect(await text(response)).toBe('one, two');
  });

  it('passes over 1xx answers, and words of the service for its status', async () => {
    const { ingress } = await startBehind((_, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      response.socket?.end('HTTP/1.1 299 \u2713 done\r\ncontent-length: 2\r\n\r\nok');
    });
    expect(await send(ingress)).toMatchObject({ status: 299, body: 'ok' });
  });

  it('takes the end of the connection for the end of an answer that has no other', async () => {
    const { ingress } = await startBehind((_, response) => {
      response.socket?.end('HTTP/1.0 200 OK\r\n\r\nall of it');
    });
    expect(await send(ingress)).toMatchObject({ status: 200, body: 'all of it' });
  });

  it('refuses two hosts, and reads on behind the body', async () => {
    const { ingress } = await startBehind((_, response) => response.end('next'));
    const { socket, received } = openRaw(ingress);
    socket.write(
      'POST / HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\ncontent-length: 200000\r\n\r\n',
    );
    socket.write('x'.repeat(200_000));
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await expect.poll(received).toMatch(/^HTTP\/1\.1 400 [^]*HTTP\/1\.1 200 [^]*next/);
  });

  it.each([
    'content-length: 5\r\ntransfer-encoding: chunked',
    'content-length: 5\r\ncontent-length: 6',
    'transfer-encoding : chunked',
  ])('refuses a request whose end is in doubt (%j)', async (headers) => {
    const seen: unknown[] = [];
    const { ingress } = await startBehind((request, response) => {
      seen.push(request.url);
      response.end();
    });
    const { socket, received } = openRaw(ingress);
    socket.write(
      `POST /a HTTP/1.1\r\nhost: localhost\r\n${headers}\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n`,
    );
    await once(socket, 'close');
    expect(received()).toMatch(/^HTTP\/1\.1 400 /);
    expect(seen).not.toContain('/smuggled');
  });
});

describe('when a service or client breaks off', () => {
  it.each([{ 'content-length': 100 }, {}])(
    'cuts the client whose service broke off inside the response %j',
    async (headers) => {
      const { ingress } = await startBehind((request, response) => {
        response.writeHead(200, headers).write('part');
        setImmediate(() => request.socket.destroy());
      });
      await expect(send(ingress)).rejects.toThrow('aborted');
      expect(ingress.inFlight).toBe(0);
    },
  );

  it('repeats a GET once on another connection, and no more', async () => {
    let attempts = 0;
    const { ingress } = await startBehind((request, response) => {
      attempts++;
      if (request.url === '/never' || attempts === 1) request.socket.destroy();
      else response.end('second time');
    });
    expect(await send(ingress)).toMatchObject({ status: 200, body: 'second time' });
    attempts = 0;
    expect(await send(ingress, { path: '/never' })).toMatchObject({
      status: 502,
      body: expect.stringContaining('App \\"pr-review\\" broke off before it answered'),
    });
    expect(attempts).toBe(2);
  });

  it('repeats a GET on a new connection, however many of those kept alive are gone', async () => {
    const waiting: (() => void)[] = [];
    const known = new Set<unknown>();
    const { ingress } = await startBehind((request, response) => {
      if (known.size === 10) return known.has(request.socket) ? request.socket.destroy() : response.end();
      known.add(request.socket);
      waiting.push(() => response.end());
      if (known.size === 10) waiting.forEach((answer) => answer());
    });
    await Promise.all(Array.from({ length: 10 }, () => send(ingress)));
    expect((await send(ingress)).status).toBe(200);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('never repeats a %s', async (method) => {
    let attempts = 0;
    const { ingress } = await startBehind((request) => {
      attempts++;
      request.socket.destroy();
    });
    expect((await send(ingress, { method, body: 'x' })).status).toBe(502);
    expect((await send(ingress, { method })).status).toBe(502);
    expect(attempts).toBe(2);
  });

  it.each([
    ['on a connection kept alive, while the service has said that it keeps it', {}, 1],
    ['on a connection of its own, where the service does not say so', { connection: 'keep-alive' }, 4],
    ['on a connection of its own, where it keeps none for long', { 'keep-alive': 'timeout=0' }, 4],
  ])('sends a POST %s', async (_, headers, expected) => {
    const { ingress, server } = await startBehind((_, response) => response.writeHead(200, headers).end());
    let connections = 0;
    server.on('connection', () => connections++);
    for (let i = 0; i < 3; i++) await send(ingress);
    expect(connections).toBe(1);
    for (let i = 0; i < 3; i++) await send(ingress, { method: 'POST', body: 'x' });
    expect(connections).toBe(expected);
  });

  it('sends no POST on a kept connection once the service closed one before its time', async () => {
    const { ingress, server } = await startBehind((request, response) =>
      response.end(String(request.socket.remotePort)),
    );
    const first = await send(ingress);
    expect((await send(ingress, { method: 'POST', body: 'x' })).body).toBe(first.body);
    server.closeIdleConnections();
    const ports = new Set([first.body]);
    await expect.poll(async () => ports.add((await send(ingress)).body).size).toBe(2);
    ports.add((await send(ingress, { method: 'POST', body: 'x' })).body);
    ports.add((await send(ingress, { method: 'POST', body: 'x' })).body);
    expect(ports.size).toBe(4);
  });

  it('says so when nothing listens any more', async () => {
    const { ingress, server } = await startBehind((_, response) => response.end());
    server.close();
    expect(await send(ingress)).toMatchObject({
      status: 502,
      body: expect.stringContaining('does not listen any more'),
    });
  });

  it('lets the service know that a client went away', async () => {
    const { port, server } = await startService(() => undefined);
    const ingress = await startIngress();
    await ingress.switchTo(to(port), { drainMs: 0 });
    const { socket } = openRaw(ingress);
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    const [, response] = await once(server, 'request');
    expect(ingress.inFlight).toBe(1);
    socket.destroy();
    await once(response, 'close');
    await expect.poll(() => ingress.inFlight).toBe(0);
  });
});

it('lets the service know that a client went away inside its upload', async () => {
  const { ingress, server } = await startBehind((request) => request.resume());
  const { socket } = openRaw(ingress);
  socket.write('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\npart');
  const [request] = await once(server, 'request');
  const aborted = once(request, 'error');
  socket.destroy();
  await expect(aborted).resolves.toMatchObject([{ code: 'ECONNRESET' }]);
  await expect.poll(() => ingress.inFlight).toBe(0);
});

describe('backpressure', () => {
  const CHUNK = Buffer.alloc(65_536);
  /** Far more than the kernel's and the ingress's buffers hold together. */
  const MUCH = 256 * 1024 * 1024;

  it('makes a service wait for a client that does not read', async () => {
    let written = 0;
    const { ingress } = await startBehind((_, response) => {
      writeMuch(response, (bytes) => (written = bytes));
    });
    const request = httpRequest(ingress.url, { agent: false }).end();
    const [response] = await once(request, 'response');
    await stopsGrowing(() => written);
    expect(written).toBeLessThan(MUCH / 4);
    response.resume();
    await expect.poll(() => written, { timeout: 10_000 }).toBe(MUCH);
    request.destroy();
  });

  it('makes a client wait for a service that does not read', async () => {
    const { ingress } = await startBehind((request) => request.pause());
    const request = httpRequest(ingress.url, { method: 'POST', agent: false });
    request.on('error', () => undefined);
    let written = 0;
    writeMuch(request, (bytes) => (written = bytes));
    await stopsGrowing(() => written);
    expect(written).toBeLessThan(MUCH / 4);
    request.destroy();
  });

  function writeMuch(to: Writable, onWritten: (bytes: number) => void): void {
    let written = 0;
    const more = (): void => {
      for (let room = true; room && written < MUCH; onWritten(written)) {
        room = to.write(CHUNK);
        written += CHUNK.length;
      }
    };
    to.on('drain', more);
    more();
  }

  /** Resolves when ten looks in a row, 20 ms apart, saw the same. */
  async function stopsGrowing(value: () => number): Promise<void> {
    let last = -1;
    let same = 0;
    await expect
      .poll(
        () => {
          same = value() === last ? same + 1 : 0;
          last = value();
          return same;
        },
        { interval: 20, timeout: 10_000 },
      )
      .toBeGreaterThan(10);
  }
});
