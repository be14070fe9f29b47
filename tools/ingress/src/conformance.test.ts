/**
 * What RFC 9110 and 9112 ask of an intermediary, with bytes that no client library would send. Where requests end is tried in
 * ingress.test.ts, where answers end in upstream/response.test.ts.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Ingress } from './ingress.js';
import { openRaw, startBehind, startIngress, startService, to } from './ingress.test.helper.js';

const kept = 'Host: localhost\r\n';
const host = `${kept}Connection: close\r\n`;
const coded = (coding: string): string => `Transfer-Encoding: ${coding}\r\n\r\n2\r\nok\r\n0\r\n\r\n`;

/** On a busy machine. */
const soon = { timeout: 10_000 };

/** A request as the service saw it. */
interface Seen {
  line: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

type Service = (request: IncomingMessage, response: ServerResponse) => void;

const answers: Service = (_, response) => response.end('answer');

async function startSeeing(answer = answers): Promise<{ ingress: Ingress; seen: Seen[] }> {
  const seen: Seen[] = [];
  const { ingress } = await startBehind((request, response) => {
    const { method, url, headers } = request;
    void text(request).then((body) => {
      seen.push({ line: `${method} ${url}`, headers, body });
      answer(request, response);
    });
  });
  return { ingress, seen };
}

/** All that comes back until the ingress closes. */
async function exchange(ingress: Ingress, bytes: string): Promise<string> {
  const { socket, received } = openRaw(ingress);
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return received();
}

describe('a request that is not valid HTTP/1.1', () => {
  it.each<[status: number, why: string, bytes: string]>([
    [505, 'another version', `GET / HTTP/2.0\r\n${host}\r\n`],
    [505, 'a version that nobody speaks', `GET / HTTP/3.0\r\n${host}\r\n`],
    [505, 'no version', 'GET /\r\n\r\n'],
    [505, 'the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    [501, 'a method that nobody knows', `FLY / HTTP/1.1\r\n${host}\r\n`],
    [501, 'a method in small letters', `get / HTTP/1.1\r\n${host}\r\n`],
    [501, 'a tunnel', `CONNECT localhost:80 HTTP/1.1\r\n${host}\r\n`],
    [501, 'a coding besides "chunked"', `POST / HTTP/1.1\r\n${host}${coded('gzip, chunked')}`],
    [
      501,
      'the same in two lines',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: gzip\r\n${coded('chunked')}`,
    ],
    [400, 'a coding behind "chunked"', `POST / HTTP/1.1\r\n${host}${coded('chunked, gzip')}`],
    [400, '"chunked" twice', `POST / HTTP/1.1\r\n${host}${coded('chunked, chunked')}`],
    [400, 'a coding without an end', `POST / HTTP/1.1\r\n${host}${coded('gzip')}`],
    [400, 'the coding of old drafts', `POST / HTTP/1.1\r\n${host}${coded('identity')}`],
    [400, 'an empty coding', `POST / HTTP/1.1\r\n${host}${coded('')}`],
    [400, 'a coding in HTTP/1.0', `POST / HTTP/1.0\r\n${host}${coded('chunked')}`],
    [400, 'a length that is a list', `POST / HTTP/1.1\r\n${host}Content-Length: 2, 2\r\n\r\nok`],
    [400, 'a length with a sign', `POST / HTTP/1.1\r\n${host}Content-Length: +2\r\n\r\nok`],
    [
      400,
      'a size of a chunk that is none',
      `POST / HTTP/1.1\r\n${host}${coded('chunked').replace('2', '0x2')}`,
    ],
    [400, 'lines of chunks without CR', `POST / HTTP/1.1\r\n${host}${coded('chunked').replace('2\r', '2')}`],
    [400, 'no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
    [400, 'two hosts', `GET / HTTP/1.1\r\n${host}${host}\r\n`],
    [400, 'two hosts and a URL', `GET http://localhost/ HTTP/1.1\r\n${host}${host}\r\n`],
    [400, 'a folded header', `GET / HTTP/1.1\r\n${host}X: a\r\n b\r\n\r\n`],
    [400, 'a blank before the colon', `GET / HTTP/1.1\r\n${host}X : a\r\n\r\n`],
    [400, 'a blank before the first header', `GET / HTTP/1.1\r\n X: a\r\n${host}\r\n`],
    [400, 'a CR inside a header', `GET / HTTP/1.1\r\n${host}X: a\rb\r\n\r\n`],
    [400, 'a CR inside the target', `GET /a\rb HTTP/1.1\r\n${host}\r\n`],
    [400, 'a NUL inside a header', `GET / HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`],
    [400, 'the authority alone', `GET localhost:80 HTTP/1.1\r\n${host}\r\n`],
    [400, '* for anything but OPTIONS', `GET * HTTP/1.1\r\n${host}\r\n`],
    [400, 'a URL with a user', `GET http://me@localhost/ HTTP/1.1\r\n${host}\r\n`],
    [400, 'a URL of another scheme', `GET https://localhost/ HTTP/1.1\r\n${host}\r\n`],
    [421, 'a URL of another host', `GET http://evil.example/ HTTP/1.1\r\n${host}\r\n`],
    [417, 'an expectation that nobody knows', `GET / HTTP/1.1\r\n${host}Expect: fun\r\n\r\n`],
  ])('gets %i and a reason for %s', async (status, _, bytes) => {
    const { ingress, seen } = await startSeeing();
    const [head = '', body = ''] = (await exchange(ingress, bytes)).split('\r\n\r\n', 2);
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*content-length: ${body.length}`));
    expect(JSON.parse(body)).toEqual({ id: expect.any(String), message: expect.any(String) });
    expect(seen).toEqual([]);
  });

  it.each([coded('gzip, chunked'), coded('gzip'), coded('')])(
    'is the last of its connection if its end is ambiguous: %j',
    async (rest) => {
      const { ingress, seen } = await startSeeing();
      const smuggled = `GET /smuggled HTTP/1.1\r\n${host}\r\n`;
      const received = await exchange(ingress, `POST / HTTP/1.1\r\n${kept}${rest}${smuggled}`);
      expect(received.match(/HTTP\/1\.1 \d+/g)).toHaveLength(1);
      expect(received).toMatch(/connection: close/i);
      expect(seen).toEqual([]);
    },
  );

  it('is not asked for its body when it is refused', async () => {
    const { ingress } = await startSeeing();
    const head = `POST / HTTP/1.1\r\nHost: evil.example\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n`;
    expect(await exchange(ingress, head)).toMatch(/^HTTP\/1\.1 421 [^]*Connection: close/);
  });
});

describe('the target of a request', () => {
  it.each([
    ['GET http://localhost/a?b', 'GET /a?b', 'localhost'],
    ['GET HTTP://A.localhost:81', 'GET /', 'A.localhost:81'],
    ['GET http://127.0.0.1?b', 'GET /?b', '127.0.0.1'],
  ])('may be a URL of the app, whose host counts more than the header: %s', async (line, passedOn, name) => {
    const { ingress, seen } = await startSeeing();
    const answer = await exchange(
      ingress,
      `${line} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(seen).toMatchObject([{ line: passedOn, headers: { host: name, 'x-forwarded-host': name } }]);
  });

  it('may be a URL for a WebSocket', async () => {
    const { ingress, seen } = await startSeeing();
    const upgrade = 'Connection: upgrade\r\nUpgrade: websocket\r\n\r\n';
    await exchange(ingress, `GET http://localhost/ws HTTP/1.1\r\n${host}${upgrade}`);
    expect(seen).toMatchObject([{ line: 'GET /ws', headers: { upgrade: 'websocket' } }]);
  });

  it.each(['*', 'http://localhost'])('%s with OPTIONS addresses the server itself', async (target) => {
    const { ingress, seen } = await startSeeing();
    const answer = await exchange(ingress, `OPTIONS ${target} HTTP/1.1\r\n${host}\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-length: 0\r\n/);
    expect(seen).toEqual([]);
  });
});

describe('a request that is forwarded to a service', () => {
  it('has a Via header, after earlier ones', async () => {
    const { ingress, seen } = await startSeeing();
    await exchange(ingress, `GET / HTTP/1.1\r\n${host}Via: 1.1 other\r\n\r\n`);
    await exchange(ingress, `GET / HTTP/1.0\r\n${host}\r\n`);
    const vias = seen.map(({ headers }) => headers['via']);
    expect(vias).toEqual(['1.1 other, 1.1 local-platform', '1.0 local-platform']);
  });

  it.each(['chunked', 'Chunked'])(
    'has its coding and its body, without extensions and trailers (%s)',
    async (coding) => {
      const { ingress, seen } = await startSeeing();
      const chunks = '2;a=b\r\nok\r\n0\r\nX-Trailer: c\r\n\r\n';
      await exchange(
        ingress,
        `POST / HTTP/1.1\r\n${host}Trailer: x\r\nTransfer-Encoding: ${coding}\r\n\r\n${chunks}`,
      );
      expect(seen).toMatchObject([{ body: 'ok', headers: { 'transfer-encoding': 'chunked' } }]);
      expect(seen[0]?.headers).not.toHaveProperty('trailer');
    },
  );

  it.each(['OPTIONS', 'TRACE'])('has Max-Forwards decremented, and is answered at 0: %s', async (method) => {
    const { ingress, seen } = await startSeeing();
    const ask = (hops: string): Promise<string> =>
      exchange(ingress, `${method} /x HTTP/1.1\r\n${host}Cookie: secret\r\nMax-Forwards: ${hops}\r\n\r\n`);
    await ask('3');
    expect(seen).toMatchObject([{ headers: { 'max-forwards': '2' } }]);
    const last = await ask('0');
    expect(seen).toHaveLength(1);
    expect(last).toMatch(/^HTTP\/1\.1 200 /);
    expect(
      last.endsWith(
        method === 'TRACE'
          ? 'TRACE /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nMax-Forwards: 0\r\n\r\n'
          : '\r\n\r\n',
      ),
    ).toBe(true);
    expect(last).not.toContain('secret');
  });

  it.each([
    ['HTTP/1.0', `GET / HTTP/1.0\r\n${host}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n`, ''],
    [
      'a body',
      `GET / HTTP/1.1\r\n${host}Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nok`,
      'ok',
    ],
  ])('is no upgrade with %s', async (_, bytes, body) => {
    const { ingress, seen } = await startSeeing();
    expect(await exchange(ingress, bytes)).toMatch(/^HTTP\/1\.1 200 /);
    expect(seen).toMatchObject([{ body }]);
    expect(seen[0]?.headers).not.toHaveProperty('upgrade');
  });
});

describe('a response of a service', () => {
  const sent =
    (bytes: string): Service =>
    (_, response) =>
      response.socket?.end(bytes);

  it.each([
    ['204 with a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n'],
    ['204 with a coding', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n'],
  ])('has no body headers if it has no body: %s', async (_, bytes) => {
    const { ingress } = await startSeeing(sent(bytes));
    const answer = await exchange(ingress, `GET / HTTP/1.1\r\n${host}\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 [23]04 [^]*\r\n\r\n$/);
    expect(answer).not.toMatch(/content-length|transfer-encoding/i);
  });

  it('keeps 1xx hints, except for HTTP/1.0 and 100, which the client already got', async () => {
    const hints =
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nContent-Length: 3\r\n\r\n';
    const { ingress } = await startSeeing(sent(`${hints}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`));
    const answer = await exchange(ingress, `GET / HTTP/1.1\r\n${host}\r\n`);
    expect(answer).toMatch(
      /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a.css>\r\n\r\nHTTP\/1\.1 200 OK\r\n[^]*ok$/,
    );
    expect(await exchange(ingress, `GET / HTTP/1.0\r\n${host}\r\n`)).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*ok$/);
  });

  it('to HEAD has no body, whatever the service sends', async () => {
    const { ingress } = await startSeeing(sent('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
    const next = `GET / HTTP/1.1\r\n${host}\r\n`;
    const received = await exchange(ingress, `HEAD / HTTP/1.1\r\n${kept}\r\n${next}`);
    expect(received).toMatch(
      /^HTTP\/1\.1 200 OK\r\nContent-Length: 2\r\n[^]*\r\n\r\nHTTP\/1\.1 200 OK\r\n[^]*ok$/,
    );
  });

  it('is invalid if it upgrades to a protocol that was not requested', async () => {
    const { port, server } = await startService(() => undefined);
    server.on('upgrade', (_, socket) => {
      socket.on('error', () => undefined);
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n');
    });
    const ingress = await startIngress();
    await ingress.switchTo(to(port), { drainMs: 0 });
    const upgrade = `GET / HTTP/1.1\r\n${host}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n`;
    expect(await exchange(ingress, upgrade)).toMatch(/^HTTP\/1\.1 502 [^]*another protocol/);
    await expect.poll(() => ingress.inFlight, soon).toBe(0);
  });
});

describe('pipelined requests', () => {
  /** What was begun and answered, in order; `/slow` is answered when it is released. */
  async function startRecording(): Promise<{ ingress: Ingress; seen: string[]; release: () => void }> {
    const seen: string[] = [];
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const { ingress } = await startBehind(async ({ method, url }, response) => {
      seen.push(`begin ${method} ${url}`);
      if (url === '/slow') await released;
      seen.push(`end ${method} ${url}`);
      response.end(url);
    });
    return { ingress, seen, release };
  }

  const slow = `POST /slow HTTP/1.1\r\n${kept}Content-Length: 2\r\n\r\nok`;
  const get = `GET /next HTTP/1.1\r\n${kept}`;

  it.each<[what: string, rest: string, service: string[], answer: RegExp]>([
    ['a GET', `${get}\r\n`, ['GET /next'], /HTTP\/1\.1 200 [^]*\/next$/],
    ['another POST', slow.replace('slow', 'next'), ['POST /next'], /HTTP\/1\.1 200 [^]*\/next$/],
    [
      'an upgrade that nobody knows',
      `${get}Connection: upgrade\r\nUpgrade: h2c\r\n\r\n`,
      ['GET /next'],
      /HTTP\/1\.1 200 [^]*\/next$/,
    ],
    [
      'a WebSocket',
      `${get}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n`,
      ['GET /next'],
      /HTTP\/1\.1 200 [^]*\/next$/,
    ],
    ['a tunnel', `CONNECT a:1 HTTP/1.1\r\n${host}\r\n`, [], /HTTP\/1\.1 501 /],
    ['no HTTP', '\x01\x02', [], /HTTP\/1\.1 400 /],
    [
      'a body in no chunks',
      `POST /next HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      [],
      /HTTP\/1\.1 400 /,
    ],
  ])('wait for a POST before them: %s', async (_, rest, service, answer) => {
    const { ingress, seen, release } = await startRecording();
    const { socket, received } = openRaw(ingress);
    socket.write(slow + rest, 'latin1');
    await expect.poll(() => seen, soon).toEqual(['begin POST /slow']);
    // Once a request on another connection is answered, an overtaking one would have shown.
    expect(await exchange(ingress, `GET /other HTTP/1.1\r\n${host}\r\n`)).toMatch(/\/other$/);
    expect(seen).toEqual(['begin POST /slow', 'begin GET /other', 'end GET /other']);
    expect(received()).toBe('');
    release();
    await expect.poll(received, soon).toMatch(new RegExp(`^HTTP/1\\.1 200 [^]*/slow${answer.source}`));
    const [, , , ...after] = seen;
    expect(after).toEqual(['end POST /slow', ...service.flatMap((line) => [`begin ${line}`, `end ${line}`])]);
  });

  it('are all answered in order, however many', async () => {
    const { ingress, seen, release } = await startRecording();
    const paths = Array.from({ length: 100 }, (_, index) => `/${index}`);
    const { socket, received } = openRaw(ingress);
    socket.write(slow + paths.map((path) => `GET ${path} HTTP/1.1\r\n${kept}\r\n`).join(''));
    await expect.poll(() => seen, soon).toEqual(['begin POST /slow']);
    release();
    await expect.poll(() => received().match(/(?<=\r\n\r\n)\/[a-z\d]+/g), soon).toEqual(['/slow', ...paths]);
  });

  it('are not forwarded if the client disconnects before their turn', async () => {
    const { ingress, seen, release } = await startRecording();
    const { socket } = openRaw(ingress);
    socket.write(`${slow}${get}\r\n`);
    await expect.poll(() => seen, soon).toEqual(['begin POST /slow']);
    socket.destroy();
    await expect.poll(() => ingress.inFlight, soon).toBe(0);
    release();
    await exchange(ingress, `GET /other HTTP/1.1\r\n${host}\r\n`);
    expect(seen).not.toContain('begin GET /next');
  });
});
