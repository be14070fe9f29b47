import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { freePort, isLoopback } from './network.js';

it('finds a port below the ephemeral range that can be listened on', async () => {
  const port = await freePort();
  expect(port).toBeGreaterThanOrEqual(20_000);
  expect(port).toBeLessThan(30_000);
  const server = createServer();
  onTestFinished(() => void server.close());
  await once(server.listen(port, '127.0.0.1'), 'listening');
});

it('finds the one port left, and passes over a taken one and one in use', async () => {
  const all = Array.from({ length: 10_000 }, (_, index) => 20_000 + index);
  const [inUse, free] = [await freePort(), await freePort()];
  const server = createServer();
  onTestFinished(() => void server.close());
  await once(server.listen(inUse, '127.0.0.1'), 'listening');
  const taken = new Set(all.filter((port) => port !== inUse && port !== free));
  expect(await freePort(taken)).toBe(free);
  await expect(freePort(new Set([...taken, free]))).rejects.toThrow('No free port from 20000 to 29999');
});

it.each([
  'http://localhost:8080',
  'http://127.0.0.1',
  'https://127.0.0.2/x',
  'http://127.255.1.9',
  'http://[::1]:80',
])('takes %s for this machine', (url) => expect(isLoopback(new URL(url))).toBe(true));

it.each([
  'http://128.0.0.1',
  'http://127.example.com',
  'http://localhost.example.com',
  'http://[::2]',
  'http://10.0.0.1',
])('takes %s for another machine', (url) => expect(isLoopback(new URL(url))).toBe(false));
