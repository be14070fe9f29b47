/**
 * Each trap that proxies were seen to fall into is a test: Expect: 100-continue, Connection-named headers, X-Forwarded-*,
 * limits of headers (431, 502), 1xx, HEAD, requests whose end is in doubt, and closing with a stream open, here; a service
 * that breaks off, a client that goes away, slow readers on either side in broken-off.test.ts; the race with idle connections, draining and
 * WebSockets in switching.test.ts; crowds in crowd.test.ts; answers whose end is in doubt in upstream/response.test.ts.
 * That a new process is healthy before it gets traffic is tested in running/.
 */
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openIngress } from './ingress.js';
import { openRaw, send, startBehind, startIngress, to } from './ingress.test.helper.js';

describe('an ingress', () => {
  it('answers 503 and says why before the first deployment is live', async () => {
    const answer = await send(await startIngress());
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.body)).toEqual({
      id: 'no_live_deployment',
      message: expect.stringContaining('App "pr-review" has no live deployment yet.'),
    });
  });

  it('forwards to the service and back: method, path, query, headers, body', async () => {
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
    'refuses the host %j, which could be DNS rebinding',
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

describe('what an ingress forwards', () => {
  it('drops hop-by-hop headers, both ways', async () => {
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

  it('forwards the whole request, whatever its Connection header names', async () => {
    const { ingress } = await startBehind(async (request, response) => {
      response.end(`${request.url} ${request.headers.host} ${await text(request)}`);
    });
    const headers = { connection: 'close, content-length, host, transfer-encoding', host: 'a.localhost' };
    const body = 'GET /smuggled HTTP/1.1\r\nhost: localhost\r\n\r\n';
    expect((await send(ingress, { method: 'POST', headers, body })).body).toBe(`/ a.localhost ${body}`);
  });

  it("overwrites the client's X-Forwarded-* and Forwarded headers", async () => {
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

  it('returns the response of a service that does not read the whole upload', async () => {
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

  it('treats an unknown upgrade as a plain request, body included', async () => {
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

describe('HTTP parsing', () => {
  it.each(['HEAD', 'GET', 'OPTIONS', 'DELETE', 'POST'])(
    'forwards %s without a body, and a response without one',
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

  it('keeps the content-length of a response to HEAD', async () => {
    const { ingress } = await startBehind((_, response) => response.setHeader('content-length', 1234).end());
    const answer = await send(ingress, { method: 'HEAD' });
    expect(answer).toMatchObject({ status: 200, body: '', headers: { 'content-length': '1234' } });
  });

  it.each(['GET', 'DELETE', 'PUT'])('forwards a %s with a chunked body', async (method) => {
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

  it('ignores 1xx responses, and the reason phrase of the service', async () => {
    const { ingress } = await startBehind((_, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      response.socket?.end('HTTP/1.1 299 \u2713 done\r\ncontent-length: 2\r\n\r\nok');
    });
    expect(await send(ingress)).toMatchObject({ status: 299, body: 'ok' });
  });

  it('ends a response without a length at the end of the connection', async () => {
    const { ingress } = await startBehind((_, response) => {
      response.socket?.end('HTTP/1.0 200 OK\r\n\r\nall of it');
    });
    expect(await send(ingress)).toMatchObject({ status: 200, body: 'all of it' });
  });

  it('refuses two Host headers, and parses the next request after the body', async () => {
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
  ])('refuses a request whose end is ambiguous (%j)', async (headers) => {
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
