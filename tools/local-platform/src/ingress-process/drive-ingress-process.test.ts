import { freePort } from '@odoobo/machine/network';
import { isAlive } from '@odoobo/machine/process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { type Layout, layoutOf } from '../state/layout.js';
import { afterwards, temporaryFolder } from '../testing/platform.test.helper.js';
import { Channel } from './channel.js';
import { driveIngressProcess } from './drive-ingress-process.js';
import { readIngressRecord } from './ingress-record.js';
import { protocol } from './messages.js';
import { stopIngressProcess } from './stop-ingress-process.js';

const { signal } = new AbortController();

/** A platform's folder; what serves for it is ended after the test. */
async function folder(...below: string[]): Promise<Layout> {
  const layout = layoutOf(join(await temporaryFolder(), ...below));
  await mkdir(layout.root, { recursive: true });
  afterwards(() => stopIngressProcess(layout));
  return layout;
}

it('is taken over by the next server, of which there is only one', async () => {
  const layout = await folder();
  const first = await driveIngressProcess(layout, signal);
  const record = await readIngressRecord(layout);
  const second = await driveIngressProcess(layout, signal);
  expect(await readIngressRecord(layout)).toEqual(record);
  expect((await first.closed).name).toBe('Replaced');
  await expect(first.ask('closeOthers', null)).rejects.toThrow('another server');
  expect((await stat(layout.ingressSocket)).mode & 0o077).toBe(0);
  await second.ask('closeOthers', null);
  expect(await readFile(layout.ingressLog, 'utf8')).toMatch(
    /process \d+ serves[^]*has taken control[^]*has taken control/,
  );
});

it('ends the standby of a deployment when its server is gone', async () => {
  const layout = await folder();
  const first = await driveIngressProcess(layout, signal);
  const port = await freePort();
  await first.ask('open', { port, app: 'shop' });
  const switchTo = (deployment: string, standsBy: boolean) => ({
    port,
    traffic: { deployment, rules: [], components: [] },
    drainMs: 0,
    standsBy,
  });
  await first.ask('switchTo', switchTo('one', false));
  await first.ask('switchTo', switchTo('two', true));
  const second = await driveIngressProcess(layout, signal);
  const drained = second.ask('drained', { port, deployment: 'two' });
  await second.ask('open', { port, app: 'shop' });
  await second.ask('switchTo', switchTo('two', false));
  await drained;
});

it('closes the addresses that the next server does not open', async () => {
  const layout = await folder();
  const first = await driveIngressProcess(layout, signal);
  const kept = await freePort();
  const dropped = await freePort(new Set([kept]));
  for (const port of [kept, dropped]) await first.ask('open', { port, app: `at-${port}` });
  await expect(first.ask('open', { port: kept, app: 'other' })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  const second = await driveIngressProcess(layout, signal);
  // Sent at once: what it has opened is not among the others.
  await Promise.all([second.ask('open', { port: kept, app: `at-${kept}` }), second.ask('closeOthers', null)]);
  expect((await fetch(`http://127.0.0.1:${kept}`)).status).toBe(503);
  await expect(fetch(`http://127.0.0.1:${dropped}`)).rejects.toThrow('fetch failed');
});

it('is replaced when it speaks another protocol, such as that of an earlier version', async () => {
  const layout = await folder();
  await driveIngressProcess(layout, signal);
  const old = await readIngressRecord(layout);
  await writeFile(layout.ingressRecord, JSON.stringify({ ...old, protocol: protocol - 1 }));
  await (await driveIngressProcess(layout, signal)).ask('closeOthers', null);
  expect((await readIngressRecord(layout))?.identity.pid).not.toBe(old?.identity.pid);
  expect(old && (await isAlive(old.identity))).toBe(false);
});

it('works from a folder whose path is too long for a socket', async () => {
  const layout = await folder('a'.repeat(60), 'b'.repeat(60));
  await (await driveIngressProcess(layout, signal)).ask('closeOthers', null);
  const { socket = '' } = (await readIngressRecord(layout)) ?? {};
  expect((await stat(dirname(socket))).mode & 0o077).toBe(0);
  expect(await stopIngressProcess(layout)).toBe(true);
  await expect(stat(dirname(socket))).rejects.toThrow('ENOENT');
});

it('reports why it did not start, with its log', async () => {
  const usual = await folder();
  const layout = { ...usual, ingressSocket: join(usual.root, 'nowhere', 'ingress.sock') };
  await expect(driveIngressProcess(layout, signal)).rejects.toThrow(
    /did not start[^]*listen E[^]*ingress\.log/,
  );
  expect(await readIngressRecord(layout)).toBeUndefined();
});

it('is replaced when it does not answer for ten seconds', async () => {
  const path = join(await temporaryFolder(), 'silent.sock');
  const silent = createServer().listen(path);
  afterwards(async () => void silent.close());
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  afterwards(async () => void vi.useRealTimers());
  const channel = await Channel.open(path);
  const asked = channel.ask('takeOver', null);
  vi.advanceTimersByTime(10_000);
  await expect(asked).rejects.toThrow('it did not answer "takeOver" within 10 s');
  await expect(channel.ask('closeOthers', null)).rejects.toThrow('did not answer');
});
