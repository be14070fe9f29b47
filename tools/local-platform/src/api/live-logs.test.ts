import type { Env } from '@odoobo/app-platform/spec';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { logFile } from '../logs/log-folder.js';
import { openLiveLog, refusal } from '../testing/live-log.test.helper.js';
import {
  eventually,
  noDigest,
  specOf,
  type TestPlatform,
  testPlatform,
} from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';

const manual = { progression: 'manual' as const };

/** An app that is live although nothing runs; the test itself writes its log. */
async function liveApp(components = ['web'], envs: Env[] = []) {
  const test = await testPlatform(manual);
  const [web] = specOf('shop', noDigest).services ?? [];
  const services = components.map((name) => ({ ...web, name })) as NonNullable<typeof web>[];
  const app = await test.create({ name: 'shop', services, envs });
  await test.platform.advance('shop', 'ACTIVE');
  const deployment = app.pending_deployment?.id ?? '';
  const file = (component = 'web') => logFile(join(test.directory, 'logs'), deployment, component, 'RUN');
  for (const name of components) await mkdir(dirname(file(name)), { recursive: true });
  return { test, id: app.id, deployment, file };
}

async function liveUrl(test: TestPlatform, path: string): Promise<string> {
  const { body } = await test.call<{ live_url: string }>('GET', `${path}&follow=true`);
  return body.live_url;
}

describe('a live log', () => {
  it('is a WebSocket whose frames contain component, time and line, until the app is deleted', async () => {
    const test = await testPlatform();
    const { id } = await test.deploy(
      specOf('shop', await test.image(goodService('one')), {
        envs: [{ key: 'TOKEN', type: 'SECRET', value: 'hunter2' }],
      }),
    );
    const url = await liveUrl(test, `/v2/apps/${id}/logs?type=RUN`);
    // Clients turn http into ws.
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\//);
    const log = openLiveLog(url);
    expect(await log.sees('is up')).toMatch(
      /^web \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z one is up with \[REDACTED\]\n$/,
    );
    await test.call('DELETE', `/v2/apps/${id}`);
    expect(await log.closed).toBe(1000);
  });

  it('contains no secret in any form, nor one that spans several lines', async () => {
    const key = Array.from({ length: 4 }, () => randomBytes(48).toString('base64')).join('\n');
    const value = JSON.stringify({ private_key: `${key}\n`, note: 'say "hi" \\ bye' });
    const { test, id, file } = await liveApp(['web'], [{ key: 'ACCOUNT', type: 'SECRET', value }]);
    const log = openLiveLog(await liveUrl(test, `/v2/apps/${id}/logs?type=RUN`));
    await log.opened;
    const wrapped = Buffer.from(key).toString('base64').replace(/.{76}/g, '$&\n');
    const printed = [inspect({ value }), JSON.stringify({ value }), key, wrapped, encodeURIComponent(value)];
    await writeFile(file(), `${printed.join('\n')}\nthe end\n`);
    await log.sees('the end');
    const historic = await test.log(id, 'RUN');
    expect(historic).toContain('the end');
    const shown = [historic, log.lines.join('')].join('\n');
    const hidden = [...key.split('\n'), ...wrapped.split('\n').filter(({ length }) => length > 40)];
    for (const line of hidden) expect(shown).not.toContain(line);
  });

  it('has all components in one stream, or the one that is named', async () => {
    const { test, id, file } = await liveApp(['web', 'api']);
    const all = openLiveLog(await liveUrl(test, `/v2/apps/${id}/logs?type=RUN`));
    const one = openLiveLog(await liveUrl(test, `/v2/apps/${id}/components/api/logs?type=RUN`));
    await all.opened;
    // Only now: a component may begin to write long after someone has begun to read.
    await writeFile(file('web'), 'from web\n');
    await writeFile(file('api'), 'from api\n');
    await Promise.all([all.sees('from web'), all.sees('from api'), one.sees('from api')]);
    expect(one.lines.join('')).not.toContain('from web');
  });

  it('starts the given number of lines before the end and continues in a file that replaced the first', async () => {
    const { test, id, file } = await liveApp();
    await writeFile(file(), 'one\ntwo\nthree\n');
    const log = openLiveLog(await liveUrl(test, `/v2/apps/${id}/logs?type=RUN&tail_lines=2`));
    await log.sees('three');
    await rename(file(), `${file()}.restarted`);
    await appendFile(file(), 'after the restart\n');
    await log.sees('after the restart');
    expect(log.lines.map((line) => line.split(' ').slice(2).join(' '))).toEqual([
      'two\n',
      'three\n',
      'after the restart\n',
    ]);
  });

  it('keeps the time that the platform gave its own lines', async () => {
    const { test, id, file } = await liveApp();
    await writeFile(file(), '2026-01-31T12:00:00.000Z it was restarted\nno time');
    const log = openLiveLog(await liveUrl(test, `/v2/apps/${id}/logs?type=RUN`));
    expect(await log.sees('restarted')).toBe('web 2026-01-31T12:00:00.000Z it was restarted\n');
  });

  it('of a build ends with the build', async () => {
    const test = await testPlatform(manual);
    const app = await test.create(specOf('shop', noDigest));
    await test.platform.advance('shop', 'BUILDING');
    const path = `/v2/apps/${app.id}/deployments/${app.pending_deployment?.id}/logs?type=BUILD`;
    const log = openLiveLog(await liveUrl(test, path));
    await log.opened;
    await test.platform.advance('shop', 'PENDING_DEPLOY');
    expect(await log.closed).toBe(1000);
  });

  it('ends when the platform closes, also for a client that never answers', async () => {
    const { test, id } = await liveApp();
    const url = await liveUrl(test, `/v2/apps/${id}/logs?type=RUN`);
    const log = openLiveLog(url);
    await log.opened;
    const deaf = await rawUpgrade(url);
    await test.platform.close();
    expect(await log.closed).toBe(1001);
    await eventually(() => (deaf.closed ? true : undefined));
  });

  if (process.env['NIGHTLY']) {
    it('applies back-pressure to a client that does not read', async () => {
      const { test, id, file } = await liveApp();
      const line = `${'x'.repeat(10_000)}\n`;
      await writeFile(file(), line.repeat(10_000));
      const before = process.memoryUsage().rss;
      const slow = openLiveLog(await liveUrl(test, `/v2/apps/${id}/logs?type=RUN`));
      slow.socket.once('open', () => slow.socket.pause());
      await slow.opened;
      const quick = openLiveLog(await liveUrl(test, `/v2/apps/${id}/logs?type=RUN&tail_lines=3`));
      await eventually(() => (quick.lines.length === 3 ? true : undefined));
      expect(process.memoryUsage().rss - before).toBeLessThan(60_000_000);
      slow.socket.resume();
      await eventually(() => (slow.lines.length === 10_000 ? true : undefined), 60_000);
    });
  }
});

describe('the address of a live log', () => {
  it('cannot be altered, nor opened by a page of another origin', async () => {
    const { test, id } = await liveApp();
    const url = await liveUrl(test, `/v2/apps/${id}/logs?type=RUN`);
    expect(await refusal(url.replace('/RUN/', '/BUILD/'))).toBe(403);
    expect(await refusal(url.replace(/signature=[^&]*/, 'signature=x'))).toBe(403);
    expect(await refusal(url.replace(/signature=[^&]*/, ''))).toBe(400);
    expect(await refusal(url, { origin: 'https://evil.example' })).toBe(403);
    expect(await refusal(url, { headers: { host: 'evil.example' } })).toBe(403);
    expect(await refusal(`${test.platform.url.replace('http', 'ws')}/v2/apps`)).toBe(400);
    await test.call('DELETE', `/v2/apps/${id}`);
    expect(await refusal(url)).toBe(404);
  });

  it('asks a plain HTTP client to use a WebSocket', async () => {
    const { test, id } = await liveApp();
    const url = await liveUrl(test, `/v2/apps/${id}/logs?type=RUN`);
    const answer = await fetch(url);
    expect(answer.status).toBe(426);
    expect(await answer.text()).toContain('ws://');
  });
});

/** A client that opens a WebSocket and then neither reads nor answers. */
async function rawUpgrade(url: string) {
  const { hostname, port, pathname, search, host } = new URL(url);
  const socket = createConnection(Number(port), hostname);
  const key = Buffer.from('0123456789abcdef').toString('base64');
  socket.write(
    `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  const [head] = (await once(socket, 'data')) as [Buffer];
  expect(head.toString()).toContain('101 Switching Protocols');
  return socket;
}
