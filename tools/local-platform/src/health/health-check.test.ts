import { freePort } from '@odoobo/machine/network';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type HealthCheck, type HealthOutcome, type HealthWait, waitUntilHealthy } from './health-check.js';

/** App Platform's defaults, with a path. */
const defaults = {
  path: '/health',
  initialDelaySeconds: 0,
  periodSeconds: 10,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 9,
};

/** Fails fast: after 0.1 s of delay, three checks 0.1 s apart. */
const quick = {
  ...defaults,
  initialDelaySeconds: 0.1,
  periodSeconds: 0.1,
  timeoutSeconds: 0.05,
  failureThreshold: 3,
};

async function listen(listener: RequestListener, port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer(listener);
  await once(server.listen(port, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

const runsOn: HealthWait['exited'] = new Promise(() => undefined);

/** The outcome and how many milliseconds it took. */
async function check(spec: HealthCheck, wait: Partial<HealthWait> = {}): Promise<[HealthOutcome, number]> {
  const begin = performance.now();
  const outcome = await waitUntilHealthy(spec, {
    exited: runsOn,
    signal: new AbortController().signal,
    ...wait,
  });
  return [outcome, performance.now() - begin];
}

function failure(message: string): HealthOutcome {
  return {
    healthy: false,
    reason: 'DeployContainerHealthChecksFailed',
    message: expect.stringContaining(message),
  };
}

describe('a good service', () => {
  it('is healthy at once, whatever the period', async () => {
    const { port } = await listen((request, response) =>
      response.writeHead(request.url === '/health' ? 200 : 404).end(),
    );
    const [outcome, ms] = await check({ ...defaults, port, initialDelaySeconds: 5 });
    expect(outcome).toEqual({ healthy: true });
    expect(ms).toBeLessThan(2000);
  });

  it('is healthy soon after it starts to listen, long before the first check is due', async () => {
    const port = await freePort();
    const waiting = check({ ...defaults, port });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await listen((_, response) => response.end(), port);
    const [outcome, ms] = await waiting;
    expect(outcome).toEqual({ healthy: true });
    expect(ms).toBeLessThan(3000);
  });

  it('may redirect, may send a body, and sees no connection broken', async () => {
    const broken: unknown[] = [];
    const { port, server } = await listen((_, response) => {
      response.on('close', () => response.writableFinished || broken.push('cut'));
      response.writeHead(302, { location: '/elsewhere' }).end('x'.repeat(100_000));
    });
    const closed = once(server, 'connection').then(([socket]) => once(socket, 'close'));
    expect((await check({ ...defaults, port }))[0]).toEqual({ healthy: true });
    await closed;
    expect(broken).toEqual([]);
  });

  it('without a path only needs to listen', async () => {
    const { port } = await listen((_, response) => response.writeHead(500).end());
    const tcp: HealthCheck = { ...defaults, port };
    delete tcp.path;
    expect((await check(tcp))[0]).toEqual({ healthy: true });
  });

  it('has to pass success_threshold checks in a row, a period apart', async () => {
    const answers = [200, 200, 500, 200, 200, 200];
    const { port } = await listen((_, response) => response.writeHead(answers.shift() ?? 500).end());
    const [outcome, ms] = await check({ ...quick, port, successThreshold: 3 });
    expect(outcome).toEqual({ healthy: true });
    expect(answers).toEqual([]);
    expect(ms).toBeGreaterThanOrEqual(400);
  });
});

describe('a bad service', () => {
  const cases: [string, RequestListener, string][] = [
    [
      'answers 500',
      (_, response) => response.writeHead(500).end(),
      'GET /health on port PORT answered 500, not 200 to 399',
    ],
    ['hangs', () => undefined, 'GET /health on port PORT got no answer in 0.05 s'],
    [
      'never ends its answer',
      (_, response) => response.write('{'),
      'GET /health on port PORT got no answer in 0.05 s',
    ],
    ['breaks off', (request) => request.socket.destroy(), 'GET /health on port PORT failed: socket hang up'],
  ];
  it.each(cases)('that %s fails when its spec says', async (_, listener, message) => {
    const { port } = await listen(listener);
    const [outcome, ms] = await check({ ...quick, port });
    expect(outcome).toEqual(
      failure(
        `The service failed its 3 health checks in a row; at the last, ${message.replace('PORT', String(port))}`,
      ),
    );
    expect(ms).toBeGreaterThanOrEqual(395);
    expect(ms).toBeLessThan(1500);
  });

  it('that listens on another port is reported with the expected port', async () => {
    const port = await freePort();
    const [outcome] = await check({ ...quick, port, failureThreshold: 1 });
    expect(outcome).toEqual(
      failure(`failed its health check; at the last, nothing listens on 127.0.0.1:${port} (the service must`),
    );
  });

  it('that recovers between two checks resets its count', async () => {
    let begin = 0;
    const { port } = await listen((_, response) => {
      begin ||= performance.now();
      // Two checks have failed by then, and the third is far.
      const passes = performance.now() - begin > 900;
      response.writeHead(passes ? 200 : 503).end();
    });
    expect((await check({ ...quick, port, periodSeconds: 0.4, successThreshold: 2 }))[0]).toEqual({
      healthy: true,
    });
  });

  it.each([
    [{ code: 3, signal: null }, 'exited with code 3'],
    [{ code: null, signal: 'SIGSEGV' }, 'was ended by SIGSEGV'],
    [{ code: null, signal: null }, 'ended'],
  ])('that ends (%j) fails at once', async (exit, how) => {
    const { port } = await listen(() => undefined);
    const [outcome, ms] = await check({ ...defaults, port }, { exited: Promise.resolve(exit) });
    expect(outcome).toEqual({
      healthy: false,
      reason: 'DeployContainerExitNonZero',
      message: `The service ${how} before it was healthy.`,
    });
    expect(ms).toBeLessThan(500);
  });
});

it('stops probing when it is aborted, with the reason', async () => {
  const abort = new AbortController();
  let probes = 0;
  const { port } = await listen((_, response) => {
    response.writeHead(500).end();
    if (++probes === 3) abort.abort(new Error('deployment canceled'));
  });
  await expect(check({ ...defaults, port }, { signal: abort.signal })).rejects.toThrow('deployment canceled');
  await expect(check({ ...defaults, port }, { signal: abort.signal })).rejects.toThrow('deployment canceled');
  expect(probes).toBe(3);
});
