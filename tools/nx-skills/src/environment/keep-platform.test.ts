import { ensurePlatform, isAlive, readPlatform, stopPlatform } from '@odoobo/local-platform/client';
import { expect, it, onTestFinished, vi } from 'vitest';
import { tempDirectory } from '../test-support/temp-directory.js';
import { keepPlatform } from './keep-platform.js';

it('starts a platform again that has died, at the same address, and says so', async () => {
  const directory = await tempDirectory();
  const { url } = await ensurePlatform(directory);
  onTestFinished(async () => void (await stopPlatform(directory)));
  const before = await readPlatform(directory);
  const over = new AbortController();
  const told: string[] = [];
  const keeping = keepPlatform(directory, over.signal, (message) => told.push(message));
  process.kill(before?.identity.pid ?? 0, 'SIGKILL');
  await vi.waitUntil(() => told.length > 0, { timeout: 30_000 });
  over.abort();
  await keeping;
  const after = await readPlatform(directory);
  expect(told).toEqual(['The local platform had died and was started again; the services have run on.']);
  expect(after?.url).toBe(url);
  expect(after?.identity).not.toEqual(before?.identity);
  expect(after && (await isAlive(after.identity))).toBe(true);
}, 60_000);
