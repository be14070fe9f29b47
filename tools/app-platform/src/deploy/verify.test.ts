import { systemClock } from '@odoobo/machine/time';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from './fleet.test.helper.js';
import { Verifier } from './verify.js';

const { signal } = new AbortController();
/** Requests that wait for their answer. */
const open: ServerResponse[] = [];
let service: Server;
let verifier: Verifier;
let connections: number;

beforeEach(async () => {
  verifier = new Verifier(systemClock, 60_000);
  connections = 0;
  service = createServer((_, response) => void open.push(response));
  service.on('connection', () => (connections += 1));
  await once(service.listen(0, '127.0.0.1'), 'listening');
});

afterEach(async () => {
  service.closeAllConnections();
  service.close();
  await once(service, 'close');
  open.length = 0;
});

function verify(count: number): Promise<number[]> {
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  const target = { url, healthPath: '/health' };
  return Promise.all(Array.from({ length: count }, () => verifier.verify(target, signal)));
}

/** The number of open connections. */
function counted(): Promise<number> {
  return new Promise((resolve) => service.getConnections((_, count) => resolve(count)));
}

describe('of many services that go live at once', () => {
  it('a hundred are asked at a time, and the others as those answer', async () => {
    const verified = verify(250);
    let answered = 0;
    while (answered < 250) {
      await until(() => open.length === Math.min(100, 250 - answered), 20_000);
      expect(await counted()).toBeLessThanOrEqual(100);
      answered += open.length;
      for (const response of open.splice(0)) response.end('{}');
    }
    expect(await verified).toEqual(Array(250).fill(1));
  });

  it('no connection is kept: each is closed after its answer', async () => {
    const verified = verify(3);
    await until(() => open.length === 3, 20_000);
    for (const response of open.splice(0)) response.end('{}');
    await verified;
    await expect.poll(counted).toBe(0);
    expect(connections).toBe(3);
  });
});
