import { ensurePlatform, readPlatform, stopPlatform } from '@odoobo/local-platform/client';
import { freePort } from '@odoobo/machine/network';
import { isAlive } from '@odoobo/machine/process';
import { createServer } from 'node:http';
import { expect, it, onTestFinished, vi } from 'vitest';
import { workspaceFolders } from '../records/workspace-folders.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { connectAndKeep } from './connect.js';
import { keepPlatform, whereItRuns } from './keep-platform.js';

it('restarts a platform that has died, at the same address, and says so', async () => {
  const directory = await tempDirectory();
  // Not the default port: another platform could take that while this one is down.
  const { url } = await ensurePlatform(directory, { port: await freePort(new Set()) });
  onTestFinished(async () => void (await stopPlatform(directory)));
  const before = await readPlatform(directory);
  const over = new AbortController();
  const messages: string[] = [];
  const keeping = keepPlatform(directory, over.signal, (message) => messages.push(message));
  process.kill(before?.identity.pid ?? 0, 'SIGKILL');
  await vi.waitUntil(() => messages.length > 0, { timeout: 30_000 });
  over.abort();
  await keeping;
  const after = await readPlatform(directory);
  expect(messages).toEqual(['The local platform crashed and was restarted; the services kept running.']);
  expect(after?.url).toBe(url);
  expect(after?.identity).not.toEqual(before?.identity);
  expect(after && (await isAlive(after.identity))).toBe(true);
}, 60_000);

it('finds a platform that was restarted at another port, because its own was taken', async () => {
  const directory = await tempDirectory();
  onTestFinished(async () => void (await stopPlatform(directory)));
  const folders = { ...workspaceFolders(directory), platform: directory };
  const hooks = { signal: new AbortController().signal, onWarning: () => undefined };
  const platform = await connectAndKeep({ environment: 'local' }, folders, {}, hooks);
  onTestFinished(() => platform.close());
  const before = await readPlatform(directory);
  process.kill(before?.identity.pid ?? 0, 'SIGKILL');
  const asked: (string | undefined)[] = [];
  const other = createServer((request, response) => {
    asked.push(request.url);
    response
      .writeHead(401, { 'content-type': 'application/json' })
      .end('{"id":"unauthorized","message":"Who?"}');
  });
  onTestFinished(() => void other.close());
  // The port is free once the kernel has ended the server, long before another server has started.
  await vi.waitUntil(async () => {
    const { port } = new URL(before?.url ?? '');
    await new Promise((done) =>
      other.once('listening', done).once('error', done).listen(Number(port), '127.0.0.1'),
    );
    return other.listening;
  });
  expect(await platform.client.listApps()).toEqual([]);
  expect(asked.length).toBeGreaterThan(0);
  expect((await readPlatform(directory))?.url).not.toBe(before?.url);
}, 60_000);

it('waits for a platform that has died until it is aborted, and throws the reason', async () => {
  const directory = await tempDirectory();
  await ensurePlatform(directory);
  onTestFinished(async () => void (await stopPlatform(directory)));
  const platform = await readPlatform(directory);
  expect(await whereItRuns(directory, new AbortController().signal)).toBe(platform?.url);
  process.kill(platform?.identity.pid ?? 0, 'SIGKILL');
  await vi.waitUntil(async () => platform && !(await isAlive(platform.identity)));
  const enough = new AbortController();
  const looking = whereItRuns(directory, enough.signal);
  enough.abort(new Error('enough'));
  await expect(looking).rejects.toThrow('enough');
}, 60_000);
