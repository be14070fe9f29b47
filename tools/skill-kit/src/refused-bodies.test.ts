import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { createSkillServer, defineSkill } from './index.js';

const skill = defineSkill({
  input: z.unknown(),
  output: z.unknown(),
  examples: [],
  invoke: async (input) => input,
});
const manifest = { id: 'x', version: '0.0.0', description: 'x' };
const server = createSkillServer(manifest, skill, { env: { LOG_LEVEL: 'silent' } });
let port: number;

beforeAll(async () => {
  await server.listen({ port: 0, host: '127.0.0.1' });
  port = (server.server.address() as AddressInfo).port;
});
afterAll(() => server.close());

/** Announces a body of 12 MiB, sends this one, and reads until the server closes the connection. */
async function statusOf(type: string, body: string): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const length = 12 * 1024 * 1024;
  const head = `POST /invoke HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n`;
  socket.write(head + body);
  return Number((await text(socket)).split(' ')[1]);
}

it.each([
  ['too large', 'application/json', 413],
  ['of another type', 'text/plain', 415],
])('lets a client that still sends a body read why it is refused: it is %s', async (_why, type, status) => {
  expect(await statusOf(type, 'x'.repeat(12 * 1024 * 1024))).toBe(status);
});

it('waits for no body that does not come', async () => {
  expect(await statusOf('application/json', '{')).toBe(413);
}, 4_000);
