import fc from 'fast-check';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnswerHandler } from './connection.js';
import { Connections } from './connections.js';
import { NoAnswer } from './no-answer.js';
import type { ResponseHead } from './response-head.js';

/** What a service sends for the next request: pieces, each in a write of its own, and whether it then closes. */
let script: { pieces: Buffer[]; close: boolean };
let server: Server;
let port: number;
const sockets = new Set<Socket>();

beforeAll(async () => {
  server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    socket.on('data', () => void play(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

async function play(socket: Socket): Promise<void> {
  const { pieces, close } = script;
  for (const piece of pieces) {
    await new Promise((written) => socket.write(piece, written));
    await new Promise(setImmediate);
  }
  if (close) socket.end();
}

interface Seen {
  status: number;
  headers: string[];
  body: string;
}

/** What the ingress takes the answer for. */
async function ours(method = 'GET'): Promise<Seen | NoAnswer> {
  const connections = new Connections(port);
  const seen: Seen = { status: 0, headers: [], body: '' };
  const take = (data: Buffer): void => void (seen.body += data.toString('latin1'));
  try {
    await new Promise<void>((resolve, reject) => {
      const handler: AnswerHandler = {
        onInterim: () => undefined,
        onHead: ({ status, headers }: ResponseHead) => Object.assign(seen, { status, headers }),
        onData: take,
        onPause: () => undefined,
        onWhole: (data) => resolve(take(data)),
        onEnd: resolve,
        onError: reject,
      };
      connections.send(
        { method, head: `${method} / HTTP/1.1\r\nhost: a\r\n`, body: undefined },
        handler,
        'any',
      );
    });
    return seen;
  } catch (error) {
    if (error instanceof NoAnswer) return error;
    throw error;
  } finally {
    connections.cut();
  }
}

/** What node:http takes it for. */
async function nodes(method = 'GET'): Promise<Seen | Error> {
  const request = httpRequest({ host: '127.0.0.1', port, method, agent: false });
  // What follows the answer, or breaks it, is reported by the body.
  request.on('error', () => undefined);
  try {
    request.end();
    const [response] = await once(request, 'response');
    const body = (await buffer(response)).toString('latin1');
    return { status: response.statusCode, headers: [], body };
  } catch (error) {
    return error as Error;
  } finally {
    request.destroy();
  }
}

function says(text: string, close = false): void {
  script = { pieces: [Buffer.from(text, 'latin1')], close };
}

const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';

describe('a response of a service', () => {
  it.each([
    ['HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', 'ok'],
    ['HTTP/1.1 200\r\nContent-Length:2\r\n\r\nok', 'ok'],
    [`${chunked}2\r\nok\r\n0\r\n\r\n`, 'ok'],
    [`${chunked}1;a=b\r\no\r\n1 \r\nk\r\n0\r\nx-trailer: y\r\n\r\n`, 'ok'],
    ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: x\r\n\r\nHTTP/1.1 204 None\r\n\r\n', ''],
  ])('is parsed: %j', async (text, body) => {
    says(text);
    expect(await ours()).toMatchObject({ body });
  });

  it('keeps the order and bytes of its headers, except hop-by-hop ones', async () => {
    const value = Buffer.from('\u00e0').toString('latin1');
    says(
      `HTTP/1.1 200 OK\r\nX-B:  1\t\r\nset-cookie: a\r\nConnection: x-hop, close\r\nX-Hop: y\r\nSet-Cookie: ${value}\r\nx-empty:\r\nKeep-Alive: timeout=5\r\ncontent-length: 0\r\n\r\n`,
    );
    expect(await ours()).toMatchObject({
      headers: ['X-B', '1', 'set-cookie', 'a', 'Set-Cookie', value, 'x-empty', '', 'content-length', '0'],
    });
  });

  it.each([
    'HTTP/2 200 OK\r\n\r\n',
    'HTTP/1.1 20 OK\r\n\r\n',
    'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
    'HTTP/1.1 200 OK\r\nx : y\r\n\r\n',
    'HTTP/1.1 200 OK\r\nx: a\r\n folded\r\n\r\n',
    'HTTP/1.1 200 OK\r\nx: a\x01b\r\n\r\n',
    'HTTP/1.1 200 OK\r\nx: a\nsmuggled: b\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok',
    'HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\nok',
    'HTTP/1.1 200 OK\r\ncontent-length: 2, 2\r\n\r\nok',
    'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nok',
    'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    'HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n',
    `${chunked}x\r\n`,
    `${chunked}-2\r\nok\r\n`,
    `${chunked}2\r\nokay\r\n0\r\n\r\n`,
    `${chunked}2\nok\r\n0\r\n\r\n`,
    `${chunked}2;${'x'.repeat(20_000)}\r\nok\r\n0\r\n\r\n`,
  ])('is refused: %j', async (text) => {
    says(text);
    expect(await ours()).toMatchObject({ name: 'NoAnswer', reason: 'malformed' });
  });

  it('is invalid if it is incomplete', async () => {
    says('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok', true);
    expect(await ours()).toMatchObject({ reason: 'broken' });
    says(`${chunked}2\r\nok\r\n`, true);
    expect(await ours()).toMatchObject({ reason: 'broken' });
    says('HTTP/1.1 200 OK\r\nx: ', true);
    expect(await ours()).toMatchObject({ reason: 'broken' });
  });

  it('with extra data is never taken as the response to the next request', async () => {
    const connections = new Connections(port);
    const bodies: string[] = [];
    for (let i = 0; i < 3; i++) {
      says(
        'HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nsmuggled',
      );
      await new Promise<void>((resolve, reject) => {
        const handler = {
          onInterim() {},
          onHead() {},
          onData: (data: Buffer) => void bodies.push(String(data)),
          onPause() {},
        };
        const onWhole = (data: Buffer): void => resolve(void bodies.push(String(data)));
        const head = 'GET / HTTP/1.1\r\nhost: a\r\n';
        const rest = { onWhole, onEnd: resolve, onError: reject };
        connections.send({ method: 'GET', head, body: undefined }, { ...handler, ...rest }, 'any');
      });
    }
    connections.cut();
    expect(bodies).toEqual(['1', '1', '1']);
  });
});

describe('whatever a service sends, and in whatever pieces', () => {
  const body = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom('\r\n', '0\r\n\r\n', 'HTTP/1.1'),
  );
  const latin = body.map((text) => Buffer.from(text).toString('latin1'));
  const coded = fc
    .array(
      latin.filter((text) => text !== ''),
      { maxLength: 4 },
    )
    .map((parts) => {
      const chunks = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
      return { text: `${chunked}${chunks.join('')}0\r\n\r\n`, body: parts.join(''), close: false };
    });
  const sized = latin.map((text) => ({
    text: `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
    body: text,
    close: false,
  }));
  const unsized = latin.map((text) => ({ text: `HTTP/1.1 200 OK\r\n\r\n${text}`, body: text, close: true }));
  const cuts = fc.array(fc.nat(200), { maxLength: 5 });

  function inPieces(text: string, at: number[]): Buffer[] {
    const bytes = Buffer.from(text, 'latin1');
    const ends = [...at.filter((end) => end < bytes.length), bytes.length].sort((a, b) => a - b);
    return ends
      .map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
      .filter(({ length }) => length > 0);
  }

  it('its body arrives unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(coded, sized, unsized), cuts, async (answer, at) => {
        script = { pieces: inPieces(answer.text, at), close: answer.close };
        expect(await ours()).toMatchObject({ status: 200, body: answer.body });
      }),
      { numRuns: 150 },
    );
  });

  it('it is parsed as by node:http, or refused', async () => {
    const mutated = fc
      .tuple(
        fc.oneof(coded, sized),
        fc.nat(120),
        fc.constantFrom('', '\r', '\n', ' ', '0', ':', ',', '\0', ';'),
      )
      .map(([{ text }, at, put]) => text.slice(0, at) + put + text.slice(at + 1));
    await fc.assert(
      fc.asyncProperty(mutated, async (text) => {
        says(text, true);
        const [mine, reference] = [await ours(), await nodes()];
        if (mine instanceof NoAnswer) return;
        expect(reference).toMatchObject({ status: mine.status, body: mine.body });
      }),
      { numRuns: 300 },
    );
  });
});
