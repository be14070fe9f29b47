import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { createSkillServer, defineSkill } from './index.js';

const manifest = { id: 'large', version: '1.0.0', description: 'Takes large bodies.' };
const large = { input: 'x'.repeat(1024 * 1024) };

/** A server that handles two large bodies at once, with what its skill does. */
function serverOf(invoke: () => Promise<unknown>) {
  const limits = { bodyLimit: 4 * 1024 * 1024, largeBodiesAtOnce: 2 };
  const skill = defineSkill({ input: z.string(), output: z.unknown(), examples: [], invoke, ...limits });
  const server = createSkillServer(manifest, skill, { env: { LOG_LEVEL: 'silent' } });
  const send = async (payload: object) =>
    (await server.inject({ method: 'POST', url: '/invoke', payload })).statusCode;
  return { server, send };
}

it('handles as many large bodies at once as it may, and small ones meanwhile', async () => {
  let [now, most] = [0, 0];
  const { send } = serverOf(async () => {
    most = Math.max(most, ++now);
    await new Promise(setImmediate);
    now--;
    return most;
  });
  expect(await Promise.all(Array.from({ length: 6 }, () => send(large)))).toEqual(Array(6).fill(200));
  expect(most).toBe(2);
  await Promise.all(Array.from({ length: 6 }, () => send({ input: 'small' })));
  expect(most).toBeGreaterThan(2);
});

it('waits for no client that has gone away', async () => {
  const { server, send } = serverOf(async () => null);
  await server.listen({ port: 0, host: '127.0.0.1' });
  const { port } = server.server.address() as AddressInfo;
  const head = `POST /invoke HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2000000\r\n\r\n`;
  // More clients than turns: two have one, the third waits.
  const clients = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const socket = connect(port, '127.0.0.1');
      const arrived = once(server.server, 'request');
      socket.write(head);
      await arrived;
      return socket;
    }),
  );
  const sent = send(large);
  for (const socket of clients) socket.destroy();
  expect(await sent).toBe(200);
  await server.close();
});
