import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { compare } from './comparison.js';
import { answering, configWith, nowhere, open, send, startService } from './router.test.helper.js';

/** What reached the canary, as `POST /invoke body`. */
async function canaryThat(answers: RequestListener): Promise<{ url: string; seen: string[] }> {
  const seen: string[] = [];
  const { url } = await startService((request, response) => {
    void text(request).then((body) => {
      seen.push(`${request.method} ${request.url} ${body}`.trim());
      answers(request, response);
    });
  });
  return { url, seen };
}

function json(value: unknown): RequestListener {
  return (_, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
}

async function liveThat(answers: RequestListener): Promise<string> {
  return (
    await startService((request, response) => request.on('end', () => answers(request, response)).resume())
  ).url;
}

describe('copies of requests', () => {
  it('go to the canary for the share that is asked for, and never change an answer', async () => {
    const { url: canary, seen } = await canaryThat((_, response) => response.writeHead(500).end('canary'));
    const { router } = await open(
      configWith({ live: await answering('live'), canary, shadow: { share: 20 } }),
    );
    for (let i = 0; i < 100; i++) {
      const answer = await send(router, { path: `/${i}` });
      expect([answer.status, answer.body, answer.headers['x-skill-variant']]).toEqual([200, 'live', 'live']);
    }
    await expect.poll(() => seen.length).toBe(20);
    expect(router.state).toMatchObject({ out: null, variants: { canary: { requests: 0 } } });
    await expect.poll(() => router.state.shadow?.different).toBe(20);
    expect(router.state.shadow?.kinds[0]).toMatchObject({
      kind: 'status',
      requests: 20,
      examples: [{ method: 'GET', live: '200', canary: '500' }, {}, {}],
    });
  });

  it('are made of requests that are safe to repeat alone, with their bodies', async () => {
    const { url: canary, seen } = await canaryThat((_, response) => response.end('live'));
    const shadow = { share: 100, pure: ['/invoke'] };
    const { router } = await open(configWith({ live: await answering('live'), canary, shadow }));
    await send(router, { path: '/read?a=1' });
    await send(router, { method: 'POST', path: '/invoke?b=2', body: 'question' });
    await send(router, { method: 'POST', path: '/order', body: 'ten' });
    await send(router, { method: 'DELETE', path: '/order' });
    await send(router, { method: 'GET', path: '/odd', body: 'a GET with a body' });
    await send(router, { method: 'POST', path: '/invoke', body: 'x'.repeat(100_000) });
    await expect
      .poll(() => router.state.shadow)
      .toMatchObject({ same: 2, different: 0, leftOut: 1, inFlight: 0 });
    expect(seen.sort()).toEqual(['GET /read?a=1', 'POST /invoke?b=2 question']);
  });

  it('never exceed their bound, and no client waits for one', async () => {
    const held: ServerResponse[] = [];
    const { url: canary } = await canaryThat((_, response) => void held.push(response));
    const { router } = await open(
      configWith({ live: await answering('live'), canary, shadow: { share: 100, atOnce: 3 } }),
    );
    for (let i = 0; i < 50; i++) expect((await send(router)).body).toBe('live');
    await expect.poll(() => held.length).toBe(3);
    expect(router.state.shadow).toMatchObject({ inFlight: 3, leftOut: 47 });
    for (const response of held) response.end('live');
    await expect.poll(() => router.state.shadow).toMatchObject({ inFlight: 0, same: 3 });
  });

  it('without an answer are counted, and cost no client anything', async () => {
    const { router } = await open(
      configWith({ live: await answering('live'), canary: await nowhere(), shadow: { share: 100 } }),
    );
    for (let i = 0; i < 5; i++) expect((await send(router)).body).toBe('live');
    await expect.poll(() => router.state.shadow?.unanswered).toBe(5);
  });

  it('say that they are copies, and whose', async () => {
    const headers: IncomingMessage['headers'][] = [];
    const { url: canary } = await canaryThat((request, response) => {
      headers.push(request.headers);
      response.end('live');
    });
    const { router } = await open(
      configWith({ live: await answering('live'), canary, shadow: { share: 100 } }),
    );
    await send(router, { headers: { authorization: 'Bearer of the client', 'x-skill-shadow': 'forged' } });
    await expect
      .poll(() => headers[0])
      .toMatchObject({
        'x-skill-shadow': 'true',
        'x-skill-variant': 'canary',
        authorization: 'Bearer of the client',
      });
  });

  it('are reported by kind of difference, without a value and without the ignored paths', async () => {
    const live = await liveThat(json({ id: 1, total: 3, took: 5, items: [{ price: 'secret price' }] }));
    const { url: canary } = await canaryThat(
      json({ id: 1, total: '3', took: 7, items: [{ price: 'another' }] }),
    );
    const { router } = await open(configWith({ live, canary, shadow: { share: 100, ignore: ['took'] } }));
    for (let i = 0; i < 2; i++) await send(router, { path: '/shop?token=abc' });
    await expect.poll(() => router.state.shadow?.different).toBe(2);
    const example = { method: 'GET', path: '/shop' };
    const total = { ...example, live: 'number', canary: 'text of 1 characters' };
    const price = { ...example, live: 'text of 12 characters', canary: 'text of 7 characters' };
    expect(router.state.shadow?.kinds).toEqual([
      { kind: 'body at total', requests: 2, examples: [total, total] },
      { kind: 'body at items.*.price', requests: 2, examples: [price, price] },
    ]);
    expect(JSON.stringify(router.state)).not.toMatch(/secret price|another|token/);
  });
});

describe('a comparison', () => {
  const answer = (value: unknown) => ({
    status: 200,
    isJson: true,
    body: Buffer.from(JSON.stringify(value)),
  });
  const kinds = (live: unknown, canary: unknown, ignored: string[] = []) =>
    compare(answer(live), answer(canary), ignored).map(({ kind }) => kind);

  it.each([
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, []],
    [{ a: null }, {}, ['body at a']],
    [[1, 2], [1], ['body at *']],
    [{ a: [] }, { a: {} }, ['body at a']],
    [1, 2, ['body at (all)']],
    [{ 'ann@example.com': 1 }, { 'ann@example.com': 2 }, ['body at *']],
  ])('of %j and %j finds %j', (live, canary, expected) => {
    expect(kinds(live, canary)).toEqual(expected);
  });

  it('leaves out what is ignored, also in lists', () => {
    const [live, canary] = [{ rows: [{ at: 1 }, { at: 2 }] }, { rows: [{ at: 3 }, { at: 4 }] }];
    expect(kinds(live, canary, ['rows.*.at'])).toEqual([]);
    expect(kinds(live, canary, ['rows.0.at'])).toEqual(['body at rows.*.at']);
  });

  it('is of bytes where the bodies are no JSON', () => {
    const [a, b] = ['{"a": 1}', '{"a":1}'].map((body) => ({
      status: 200,
      isJson: false,
      body: Buffer.from(body),
    }));
    expect(a && b && compare(a, b, [])).toEqual([{ kind: 'body', live: '8 bytes', canary: '7 bytes' }]);
  });
});

it('an answer that breaks off is not compared', async () => {
  const { url: canary, seen } = await canaryThat((_, response) => response.end('live'));
  const { url: live, server } = await startService((_, response) => {
    response.write('half');
    setImmediate(() => response.destroy());
  });
  const { router } = await open(configWith({ live, canary, shadow: { share: 100 } }));
  const asked = once(server, 'request');
  await expect(send(router)).rejects.toThrow();
  await asked;
  await expect.poll(() => router.state.variants.live.failures).toBe(1);
  expect([seen, router.state.shadow]).toEqual([
    [],
    expect.objectContaining({ same: 0, different: 0, unanswered: 0 }),
  ]);
});
