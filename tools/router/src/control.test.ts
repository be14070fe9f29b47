import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { RouterConfigInput } from './config.js';
import { statePath } from './control.js';
import {
  answering,
  configWith,
  open,
  type Opened,
  secret,
  send,
  startService,
} from './router.test.helper.js';

async function openWith(rest: Partial<RouterConfigInput>): Promise<Opened> {
  return open(configWith({ live: await answering('live'), canary: await answering('canary'), ...rest }));
}

async function control(
  { router }: Opened,
  command: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { authorization: `Bearer ${secret}` };
  const answer = await send(router, {
    method: 'POST',
    path: statePath,
    headers,
    body: JSON.stringify(command),
  });
  return { status: answer.status ?? 0, body: JSON.parse(answer.body) };
}

const waits: RouterConfigInput['steps'] = [
  { approve: true },
  { weight: 100, approve: true },
  { weight: 100 },
];

describe('a rollout in steps', () => {
  it('moves by itself through copies, weights and requests to its end, and says so in the log', async () => {
    const opened = await openWith({
      steps: [{ shadow: 100, requests: 3 }, { weight: 100, requests: 5 }, { for: '1s' }],
    });
    const { router, events } = opened;
    expect((await send(router)).body).toBe('live');
    expect(router.state).toMatchObject({
      phase: 'going',
      weight: 0,
      step: { index: 0, of: 3, waitsFor: ['requests'] },
    });
    for (let i = 0; i < 2; i++) expect((await send(router)).body).toBe('live');
    await expect.poll(() => router.state.step?.index).toBe(1);
    for (let i = 0; i < 5; i++) expect((await send(router)).body).toBe('canary');
    await expect
      .poll(() => router.state, { timeout: 5_000 })
      .toMatchObject({ phase: 'done', step: null, weight: 100 });
    expect((await send(router)).body).toBe('canary');
    expect(events.map(({ event }) => event)).toEqual(['step', 'step', 'step', 'done']);
    expect(events[1]?.data).toMatchObject({ index: 1, of: 3, weight: 100 });
  });

  it('begins with the first request, however long the router has waited for it', async () => {
    const { router } = await openWith({ steps: [{ weight: 100, for: '1s' }, { for: '1h' }] });
    const opened = Date.now();
    await delay(1_300);
    expect(router.state).toMatchObject({ weight: 0, step: { index: 0, waitsFor: ['time'] } });
    expect((await send(router)).body).toBe('canary');
    expect(router.state).toMatchObject({ weight: 100, step: { index: 0, waitsFor: ['time'] } });
    expect(Date.parse(router.state.step?.since ?? '')).toBeGreaterThan(opened + 1_200);
  });

  it('sends nothing to the canary before its start, and makes no verdict of one request', async () => {
    const startedAt = new Date(Date.now() + 3_600_000).toISOString();
    const { router } = await openWith({ startedAt, steps: [{ weight: 100, for: '1m' }] });
    expect((await send(router)).body).toBe('live');
    expect(router.state).toMatchObject({ phase: 'going', weight: 0 });
  });

  it('is out when the canary fails, also while it waits for an approval', async () => {
    const { url: canary } = await startService((_, response) => response.writeHead(500).end());
    const opened = await openWith({ canary, steps: [{ weight: 20, approve: true }] });
    for (let i = 0; i < 200 && !opened.router.state.out; i++) await send(opened.router);
    expect(opened.router.state).toMatchObject({ phase: 'out', weight: 0, step: { index: 0, waitsFor: [] } });
    const { status, body } = await control(opened, { rollout: 'one', do: 'approve', step: 0 });
    expect([status, body['error']]).toEqual([
      400,
      expect.stringMatching(/^The canary is out: The canary fails/),
    ]);
  });
});

describe('a command', () => {
  it('approves one step once, however often it is sent', async () => {
    const opened = await openWith({ steps: waits });
    const approve = { rollout: 'one', do: 'approve', step: 0 };
    expect(await control(opened, approve)).toMatchObject({
      status: 200,
      body: { step: { index: 1 }, weight: 100 },
    });
    expect(await control(opened, approve)).toMatchObject({ status: 200, body: { step: { index: 1 } } });
    expect((await send(opened.router)).body).toBe('canary');
    expect(await control(opened, { ...approve, step: 1 })).toMatchObject({
      status: 200,
      body: { phase: 'done' },
    });
    expect(opened.events.map(({ event }) => event)).toEqual(['step', 'step', 'done']);
  });

  it('holds and goes on', async () => {
    const opened = await openWith({ steps: [{ weight: 100, for: '1s' }, { for: '1h' }] });
    const held = await control(opened, { rollout: 'one', do: 'hold', because: 'let me look' });
    expect(held).toMatchObject({
      status: 200,
      body: { phase: 'held', held: { because: 'let me look' }, weight: 100 },
    });
    expect((await send(opened.router)).body).toBe('canary');
    await control(opened, { rollout: 'one', do: 'go-on' });
    await expect
      .poll(() => opened.router.state, { timeout: 5_000 })
      .toMatchObject({ phase: 'going', step: { index: 1 } });
    expect(opened.events.map(({ event }) => event)).toEqual(['step', 'held', 'going on', 'step']);
  });

  it('aborts at any weight and in any phase, as often as one likes', async () => {
    for (const rest of [{ weight: 100 }, { steps: [{ weight: 100 }] }, { steps: waits }]) {
      const opened = await openWith(rest);
      for (let i = 0; i < 2; i++)
        expect(await control(opened, { rollout: 'one', do: 'abort', because: 'wrong prices' })).toMatchObject(
          {
            status: 200,
            body: { phase: 'out', weight: 0, out: { because: 'Aborted: wrong prices' } },
          },
        );
      expect((await send(opened.router)).body).toBe('live');
    }
  });

  it.each([
    [{ rollout: 'other', do: 'abort' }, 409, 'The rollout here is one.'],
    [{ rollout: 'one', do: 'approve', step: 1 }, 409, 'The rollout is at step 0 (from 0).'],
    [{ rollout: 'one', do: 'start' }, 400, expect.stringContaining('do: Invalid option')],
    [{ rollout: 'one', do: 'hold', now: true }, 400, '(all): Unrecognized key: "now"'],
    [
      { rollout: 'one', do: 'hold', because: 'x'.repeat(1_100_000) },
      400,
      expect.stringMatching(/^Expected a command as JSON/),
    ],
  ])('such as %j is refused, and changes nothing', async (command, status, error) => {
    const opened = await openWith({ steps: waits });
    const before = opened.router.state;
    expect(await control(opened, command)).toEqual({ status, body: { error } });
    expect(opened.router.state).toEqual(before);
  });

  it('without the secret is a request to the service', async () => {
    const { router } = await openWith({ steps: waits });
    for (const authorization of ['', `Bearer ${secret}x`]) {
      const options = { method: 'POST', path: statePath, headers: { authorization }, body: '{}' };
      expect((await send(router, options)).body).toBe('live');
    }
  });
});

describe('several routers', () => {
  it('learn steps, approvals, holds and aborts from each other; one that was restarted takes them over', async () => {
    const first = await openWith({ steps: waits });
    await control(first, { rollout: 'one', do: 'approve', step: 0 });
    const second = await openWith({ steps: waits, peers: first.router.url, routers: 2 });
    // Before its first request, not a second later.
    expect(second.router.state).toMatchObject({
      step: { index: 1 },
      weight: 100,
      routers: { expected: 2, heard: [{}, {}] },
    });
    expect(second.router.state.step?.since).toBe(first.router.state.step?.since);
    await control(first, { rollout: 'one', do: 'hold', because: 'wait' });
    await expect.poll(() => second.router.state.held?.because, { timeout: 5_000 }).toBe('wait');
    await control(first, { rollout: 'one', do: 'abort' });
    await expect.poll(() => second.router.state.phase, { timeout: 5_000 }).toBe('out');
    expect(second.events.map(({ event }) => event)).toEqual(['step', 'step', 'held', 'out']);
  });
});

describe('a client that the canary served', () => {
  it('stays there when a lone router is restarted and begins again, and is free when the canary is out', async () => {
    const canary = await answering('canary');
    const before = await openWith({ canary, steps: [{ weight: 100, for: '1h' }] });
    const answer = await send(before.router);
    const cookie = answer.headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
    await before.router.finish(0);
    const after = await openWith({ canary, steps: [{ for: '1h' }, { weight: 100, for: '1h' }] });
    for (let i = 0; i < 20; i++)
      expect((await send(after.router, { headers: { cookie } })).body).toBe('canary');
    expect((await send(after.router)).body).toBe('live');
    await control(after, { rollout: 'one', do: 'abort' });
    expect((await send(after.router, { headers: { cookie } })).body).toBe('live');
  });
});
