import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { openLiveLog } from '../testing/live-log.test.helper.js';
import { afterwards } from '../testing/platform.test.helper.js';
import { keepAlive } from './log-stream.js';

it('disconnects a client that answers no ping, and keeps one that does', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  afterwards(async () => server.close());
  server.on('connection', (client) => keepAlive(client, { pingMs: 20, deafMs: 2000 }));
  await once(server, 'listening');
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const answers = openLiveLog(url);
  const deaf = openLiveLog(url, { autoPong: false });
  // Not closed by anyone who said so.
  expect(await deaf.closed).toBe(1006);
  expect(answers.socket.readyState).toBe(answers.socket.OPEN);
});
