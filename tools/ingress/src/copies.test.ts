import { once } from 'node:events';
import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { startBehind } from './ingress.test.helper.js';

/** Longer than what the connections hold, so that a part of it waits in the ingress. */
const length = 12_000_000;

it('large answers are each their own: what waits for a slow client is not used for another', async () => {
  const { ingress } = await startBehind((request, response) => {
    response.end(Buffer.alloc(length, Number(request.url?.slice(1))));
  });
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const ask = async (client: number): Promise<IncomingMessage> => {
    const request = httpRequest({ host: '127.0.0.1', port: ingress.port, path: `/${client}`, agent }).end();
    request.on('error', () => undefined);
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    return answer;
  };
  const isItsOwn = async (answer: IncomingMessage, client: number): Promise<boolean> =>
    (await buffer(answer)).equals(Buffer.alloc(length, client));

  const [slow, leaving] = [await ask(1), await ask(2)];
  // By the time that these are whole, nothing more goes to the two that do not read.
  for (const client of [3, 4]) expect(await isItsOwn(await ask(client), client)).toBe(true);
  leaving.on('error', () => undefined).destroy();
  expect(await isItsOwn(await ask(5), 5)).toBe(true);
  expect(await isItsOwn(slow, 1)).toBe(true);
});
