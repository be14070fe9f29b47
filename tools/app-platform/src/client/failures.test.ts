import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { hastyClock } from '../clocks.test.helper.js';
import { exampleSpec, failure, type Handler, json, serve, tokenPattern } from './serve.test.helper.js';

describe('errors', () => {
  it('say call, status, id, message and request', async () => {
    const { client } = await serve((_, response) =>
      json(response, 400, { id: 'bad_request', message: 'spec is wrong', request_id: 'r-1' }),
    );
    const error = await failure(client.createApp(exampleSpec));
    expect(error.message).toBe('POST /v2/apps: 400 bad_request: spec is wrong (request r-1)');
    expect(error).toMatchObject({ requestId: 'r-1', outcome: 'refused' });
  });

  it('say that a reply is not JSON, or not what is documented', async () => {
    const options = { clock: hastyClock(10) };
    const html = await serve((_, response) => void response.end('<html>Sign in</html>'), options);
    expect((await failure(html.client.getApp('id-1'))).message).toContain(
      'not valid JSON, or incomplete: <html>Sign in',
    );
    const empty = await serve((_, response) => void response.end(), options);
    expect((await failure(empty.client.getApp('id-1'))).message).toContain('the body is empty');
    const other = await serve((_, response) => json(response, 200, { app: { spec: exampleSpec } }));
    expect((await failure(other.client.getApp('id-1'))).message).toContain(
      'the reply does not have the documented form: app/id',
    );
  });

  it('say what to do about a server that is not there', async () => {
    const { client } = await serve(() => undefined, { url: 'http://127.0.0.1:1', clock: hastyClock(10) });
    const error = await failure(client.createApp(exampleSpec));
    expect(error).toMatchObject({ outcome: 'unsent', id: 'unreachable' });
    expect(error.message).toContain('Could not reach the platform at http://127.0.0.1:1 (ECONNREFUSED)');
    expect(error.message).toContain('npx local-platform start');
  });

  it('never follow a redirect, and so never carry the token elsewhere', async () => {
    const { client, requests } = await serve((_, response) =>
      response.writeHead(302, { location: '/elsewhere' }).end(),
    );
    expect((await failure(client.getApp('id-1'))).status).toBe(302);
    expect(requests).toHaveLength(1);
  });

  it('keep path parts in their place', async () => {
    const { client, requests } = await serve((_, response) => json(response, 404, {}));
    await failure(client.getApp('../droplets'));
    expect(requests).toEqual(['GET /v2/apps/..%2Fdroplets']);
  });
});

describe('the token', () => {
  const echoes: [string, Handler][] = [
    [
      'a message',
      (_, response) => json(response, 401, { id: 'unauthorized', message: `bad ${tokenPattern}` }),
    ],
    ['a body that is no JSON', (_, response) => void response.end(`hello ${tokenPattern}`)],
    ['a body of an error that is no JSON', (_, response) => void response.writeHead(400).end(tokenPattern)],
    ['bytes that are no HTTP', (request) => void request.socket.end(`nonsense ${tokenPattern}\r\n\r\n`)],
    ['a broken connection', (request) => request.socket.destroy()],
  ];

  it.each(echoes)('is in no part of an error, whatever the server repeats: %s', async (_, handler) => {
    const { client, headers } = await serve(handler);
    const error = await failure(client.createApp(exampleSpec));
    expect(headers[0]?.authorization).toBe(`Bearer ${tokenPattern}`);
    const shown = [
      inspect(error, { depth: 20, showHidden: true }),
      error.stack,
      JSON.stringify(error),
      String(error),
    ];
    for (const text of shown) expect(text).not.toContain(tokenPattern);
  });

  it('is not shown by the client itself', async () => {
    const { client } = await serve(() => undefined);
    expect(inspect(client, { depth: 20, showHidden: true })).not.toContain(tokenPattern);
  });

  it('is not sent to where a log is', async () => {
    const { client, headers, url } = await serve((_, response) => void response.end('line\n'));
    expect(await client.fetchLog({ historic_urls: [`${url}/signed?key=1`] })).toBe('line\n');
    expect(headers[0]?.authorization).toBeUndefined();
  });
});
