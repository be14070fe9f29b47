import type { RequestListener } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { SkillError } from '../error.js';
import { startTestServer } from '../test-server.js';
import { type GuardedRequest, requestGuarded } from './request.js';

/** Starts a server for a test. @returns its URL */
async function serve(listener: RequestListener): Promise<URL> {
  const { url, close } = await startTestServer(listener);
  onTestFinished(close);
  return new URL(url);
}

function get(url: URL, options: Partial<GuardedRequest> = {}) {
  const signal = new AbortController().signal;
  return requestGuarded(url, { reachOf: () => 'own-network', signal, maxBytes: 1000, ...options });
}

it('follows as many redirects as allowed, and checks the reach of each', async () => {
  const url = await serve(({ url: path }, response) => {
    const next = { '/': '/a', '/a': 'b' }[path ?? ''];
    if (next) response.writeHead(302, { location: next }).end();
    else response.end(`this is ${path}`);
  });
  const asked: string[] = [];
  const reachOf = ({ pathname }: URL) => {
    asked.push(pathname);
    return 'own-network' as const;
  };
  expect(await get(url, { reachOf, maxRedirects: 2 })).toMatchObject({ status: 200, text: 'this is /b' });
  expect(asked).toEqual(['/', '/a', '/b']);
  expect((await get(url)).status).toBe(302);
  await expect(get(url, { maxRedirects: 1 })).rejects.toMatchObject({
    status: 502,
    code: 'too_many_redirects',
  });
});

it('sends a body to its addressee only', async () => {
  const asked: (string | undefined)[] = [];
  const url = await serve(({ url: path }, response) => {
    asked.push(path);
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  expect((await get(url, { body: '{}', maxRedirects: 5 })).status).toBe(307);
  expect(asked).toEqual(['/']);
});

it('does not follow a public server into the private network', async () => {
  let reached = false;
  const inside = await serve((_request, response) => {
    reached = true;
    response.end();
  });
  const outside = await serve((_request, response) => {
    response.writeHead(301, { location: inside.href }).end();
  });
  const reachOf = (url: URL) => (url.port === outside.port ? ('own-network' as const) : ('public' as const));
  const refusal = { status: 403, code: 'address_not_allowed' };
  await expect(get(outside, { reachOf, maxRedirects: 5 })).rejects.toMatchObject(refusal);
  expect(reached).toBe(false);
});

it.each(['file:///etc/passwd', 'ftp://127.0.0.1/x'])('does not follow a redirect to %s', async (location) => {
  const url = await serve((_request, response) => {
    response.writeHead(302, { location }).end();
  });
  await expect(get(url, { maxRedirects: 5 })).rejects.toMatchObject({
    status: 502,
    code: 'unexpected_answer',
  });
});

it('refuses a private name and a private address without asking them', async () => {
  const url = await serve((_request, response) => response.end());
  const refusal = { status: 403, code: 'address_not_allowed' };
  for (const host of ['localhost', '127.0.0.1', '127.1', '[::ffff:127.0.0.1]']) {
    const named = new URL(`http://${host}:${url.port}`);
    await expect(get(named, { reachOf: () => 'public' })).rejects.toMatchObject(refusal);
  }
});

it('ends with the reason of its signal', async () => {
  const url = await serve(() => undefined);
  const late = new SkillError(504, 'too_late', 'The server took too long.');
  await expect(get(url, { signal: AbortSignal.abort(late) })).rejects.toBe(late);
  await expect(get(url, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    status: 504,
    code: 'timeout',
  });
});

it('reads no more than the limit, and nothing compressed', async () => {
  const long = await serve((_request, response) => response.end('x'.repeat(1001)));
  await expect(get(long)).rejects.toMatchObject({ status: 502, code: 'answer_too_large' });
  const packed = await serve((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('...');
  });
  await expect(get(packed)).rejects.toMatchObject({ status: 502, code: 'unexpected_answer' });
});
