import { expect, it } from 'vitest';
import { hastyClock } from '../clocks.test.helper.js';
import { askHealth, checkHealth } from './health.js';
import { LiveService } from './live-service.js';
import { liveService } from './service.test.helper.js';

const digest = `sha256:${'a'.repeat(64)}`;
const check = { healthPath: '/health', digest, timeoutMs: 20_000, clock: hastyClock(100) };

it('finds a service healthy that answers 200 at once', async () => {
  const service = await liveService((_, response) => response.end(JSON.stringify({ digest })));
  const report = await checkHealth(service, check);
  expect(report).toMatchObject({
    healthy: true,
    url: `${service.url}/health`,
    attempts: 1,
    reply: { status: 200 },
  });
  expect(report.trouble).toBeUndefined();
});

it('tries again until it answers, and says once that it has to', async () => {
  let asked = 0;
  const service = await liveService((_, response) => response.writeHead((asked += 1) < 4 ? 503 : 200).end());
  const troubles: string[] = [];
  const report = await checkHealth(service, { ...check, onTrouble: (trouble) => troubles.push(trouble) });
  expect(report).toMatchObject({ healthy: true, attempts: 4 });
  expect(troubles).toEqual(['it answered 503']);
});

it('gives up at the deadline, with what the last attempt met', async () => {
  const service = await liveService((_, response) => response.writeHead(500).end());
  const report = await checkHealth(service, check);
  expect(report).toMatchObject({ healthy: false, trouble: 'it answered 500', reply: { status: 500 } });
  expect(report.attempts).toBeGreaterThan(1);
});

it('does not take an earlier version for the one that was deployed', async () => {
  const service = await liveService((_, response) => response.end('{"digest":"sha256:old"}'));
  const report = await checkHealth(service, check);
  expect(report.trouble).toBe(`artefact sha256:old is serving, not ${digest}`);
});

it('does not repeat what a service says in place of a digest', async () => {
  const service = await liveService((_, response) => response.end('{"digest":"hunter2-hunter2"}'));
  const report = await checkHealth(service, check);
  expect(report.trouble).toBe(`an artefact without a digest is serving, not ${digest}`);
});

it('gives a service that hangs no longer than the deadline', async () => {
  const service = await liveService(() => undefined);
  const report = await checkHealth(service, { healthPath: '/health', timeoutMs: 100 });
  expect(report).toMatchObject({ healthy: false, attempts: 1, trouble: 'no answer within 0.1 s' });
});

it('takes a service that is not there for unhealthy', async () => {
  const report = await checkHealth(new LiveService('http://127.0.0.1:9'), check);
  expect(report).toMatchObject({ healthy: false, trouble: 'connection refused (ECONNREFUSED)' });
});

it('stops when it is asked to', async () => {
  const stop = new AbortController();
  const service = await liveService((_, response) => response.writeHead(500).end());
  const onTrouble = () => stop.abort(new Error('stopped'));
  await expect(checkHealth(service, { ...check, signal: stop.signal, onTrouble })).rejects.toThrow('stopped');
});

it('asks once where once is enough', async () => {
  let asked = 0;
  const service = await liveService((_, response) => response.writeHead((asked += 1) < 2 ? 503 : 200).end());
  expect(await askHealth(service, check)).toMatchObject({
    healthy: false,
    attempts: 1,
    trouble: 'it answered 503',
    reply: { status: 503 },
  });
  expect(await askHealth(service, check)).toMatchObject({ healthy: true, url: `${service.url}/health` });
});
