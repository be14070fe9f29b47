import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { errorBodySchema } from './error.js';
import { createSkillServer, defineSkill } from './index.js';

const skill = defineSkill({
  input: z.unknown(),
  output: z.unknown(),
  examples: [],
  invoke: async (input) => input,
});
const server = createSkillServer({ id: 'x', version: '0.0.0', description: 'x' }, skill, {
  env: { LOG_LEVEL: 'silent' },
  requestTimeoutMs: 150,
});
let port: number;

beforeAll(async () => {
  await server.listen({ port: 0, host: '127.0.0.1' });
  port = (server.server.address() as AddressInfo).port;
});

afterAll(() => server.close());

/** Sends bytes and reads until the server closes the connection. */
async function exchange(bytes: string) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes);
  const answer = await text(socket);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), body: JSON.parse(body) as unknown };
}

describe('requests that are no proper HTTP', () => {
  it.each([
    ['nonsense', 'hello\r\n\r\n', 400, 'bad_request'],
    [
      'headers without end',
      `GET /health HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    [
      'a body that does not arrive',
      'POST /invoke HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
      408,
      'request_timeout',
    ],
    [
      'a path that cannot be decoded',
      'GET /%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      400,
      'bad_request',
    ],
  ])('answers %s in the one shape of errors', async (_name, bytes, status, code) => {
    const answer = await exchange(bytes);
    expect(answer.status).toBe(status);
    expect(errorBodySchema.parse(answer.body).error.code).toBe(code);
  });
});
