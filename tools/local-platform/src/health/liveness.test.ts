import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { untilUnhealthy } from './health-check.js';

/** Answers each request with the next of these statuses, and 500 when there are no more. */
async function answering(statuses: number[]) {
  const asked: number[] = [];
  const server = createServer((_, response) => {
    response.statusCode = statuses.shift() ?? 500;
    asked.push(response.statusCode);
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const check = {
    path: '/alive',
    port: (server.address() as AddressInfo).port,
    initialDelaySeconds: 0,
    periodSeconds: 0.02,
    timeoutSeconds: 5,
    successThreshold: 1,
    failureThreshold: 3,
  };
  return { check, asked };
}

it('reports the problem after failure_threshold failed probes in a row; a passed one resets the count', async () => {
  const { check, asked } = await answering([200, 500, 500, 200, 500, 503]);
  const problem = await untilUnhealthy(check, new AbortController().signal);
  expect(problem).toMatch(/^failed 3 liveness checks in a row; at the last, GET \/alive .* answered 500/);
  expect(asked).toEqual([200, 500, 500, 200, 500, 503, 500]);
});

it('ends when aborted', async () => {
  const { check } = await answering(Array.from({ length: 1000 }, () => 200));
  const stop = new AbortController();
  const watch = untilUnhealthy(check, stop.signal);
  stop.abort(new Error('stopped'));
  await expect(watch).rejects.toThrow();
});
