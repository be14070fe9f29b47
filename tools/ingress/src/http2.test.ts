import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { createServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import type { Ingress } from './ingress.js';
import { send, startIngress, to } from './ingress.test.helper.js';

type Listener = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** A service that speaks nothing but HTTP/2 without TLS. */
async function startHttp2(listener: Listener): Promise<number> {
  const server = createServer(listener);
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function behind(...ports: number[]): Promise<Ingress> {
  const ingress = await startIngress();
  const traffic = to();
  await ingress.switchTo(
    { ...traffic, components: new Map([['web', { ports, http2: true }]]) },
    { drainMs: 0 },
  );
  return ingress;
}

it('is passed requests with their path, headers and body, many at once on one connection', async () => {
  const connections = new Set<unknown>();
  const ingress = await behind(
    await startHttp2(async (request, response) => {
      connections.add(request.stream.session);
      const body = await text(request);
      response.setHeader(
        'x-seen',
        `${request.httpVersion} ${request.method} ${request.url} ${request.authority}`,
      );
      response.setHeader('set-cookie', ['a=1', 'b=2']);
      response.statusCode = 201;
      response.end(`${request.headers['x-one']} ${body}`);
    }),
  );
  const ask = (index: number) =>
    send(ingress, {
      method: 'POST',
      path: `/things?at=${index}`,
      headers: { 'x-one': String(index), host: 'localhost' },
      body: `body ${index}`,
    });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(index)));
  for (const [index, { status, headers, body }] of answers.entries()) {
    expect([status, body]).toEqual([201, `${index} body ${index}`]);
    expect(headers).toMatchObject({
      'x-seen': `2.0 POST /things?at=${index} localhost`,
      'set-cookie': ['a=1', 'b=2'],
    });
  }
  expect(connections.size).toBe(1);
});

it('has its answer passed on as it comes, also without a length, and none of a body to HEAD', async () => {
  let finish = (): void => undefined;
  const ingress = await behind(
    await startHttp2((request, response) => {
      response.write('first ');
      finish = () => response.end('second');
      if (request.method === 'HEAD') response.end();
    }),
  );
  const request = httpRequest({ host: '127.0.0.1', port: ingress.port, agent: false }).end();
  const [response] = await once(request, 'response');
  const [first] = await once(response.setEncoding('utf8'), 'data');
  finish();
  expect(first + (await text(response))).toBe('first second');
  expect(await send(ingress, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
});

it('that does not listen is passed over, with the body of the request', async () => {
  const gone = createServer().listen(0, '127.0.0.1');
  await once(gone, 'listening');
  const { port } = gone.address() as AddressInfo;
  gone.close();
  await once(gone, 'close');
  const ingress = await behind(
    port,
    await startHttp2(async (request, response) => response.end(await text(request))),
  );
  for (let i = 0; i < 4; i++)
    expect(await send(ingress, { method: 'PUT', body: 'kept' })).toMatchObject({ status: 200, body: 'kept' });
});

it('that breaks off before an answer is asked once more for what is safe, and else told of as 502', async () => {
  let asked = 0;
  const ingress = await behind(
    await startHttp2((request, response) => {
      if (++asked === 1 || request.method === 'POST') request.stream.session?.destroy();
      else response.end('answered');
    }),
  );
  expect(await send(ingress)).toMatchObject({ status: 200, body: 'answered' });
  expect((await send(ingress, { method: 'POST', body: 'x' })).status).toBe(502);
  expect(await send(ingress)).toMatchObject({ status: 200, body: 'answered' });
  expect(ingress.inFlight).toBe(0);
});

it('that breaks off in an answer cuts it, so that no client takes its part for the whole', async () => {
  const ingress = await behind(
    await startHttp2((request, response) => {
      response.write('part');
      setImmediate(() => request.stream.session?.destroy());
    }),
  );
  await expect(send(ingress)).rejects.toThrow(/aborted|terminated|hang up/);
});

it('notices when a client leaves', async () => {
  let arrived = (): void => undefined;
  let closed = (): void => undefined;
  const isThere = new Promise<void>((resolve) => (arrived = resolve));
  const isLeft = new Promise<void>((resolve) => (closed = resolve));
  const ingress = await behind(
    await startHttp2((request) => {
      request.stream.once('close', closed);
      arrived();
    }),
  );
  const client = connect(ingress.port, '127.0.0.1').on('error', () => undefined);
  client.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await isThere;
  client.destroy();
  await isLeft;
});
