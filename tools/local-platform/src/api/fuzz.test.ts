import type { App } from '@odoobo/app-platform/spec';
import fc from 'fast-check';
import { Pool } from 'undici';
import { expect, it } from 'vitest';
import { fuzzedRequest, rawRequests, richSpec, send, sendRaw } from '../testing/fuzz.test.helper.js';
import {
  afterwards,
  noDigest,
  specOf,
  testPlatform,
  type TestPlatform,
} from '../testing/platform.test.helper.js';

/** 200 batches of 50 requests at once: 10,000. */
const batches = 200;
const batchSize = 50;
/** Of 20 kB at most, on one machine: an answer that takes so long never comes. */
const answerMs = 10_000;

async function fuzzedPlatform(): Promise<{ test: TestPlatform; failures: string[] }> {
  const failures: string[] = [];
  const test = await testPlatform({ progression: 'manual', warn: (message) => failures.push(message) });
  return { test, failures };
}

/** An app for the requests to aim at, made again when one of them has deleted it. */
async function ids(test: TestPlatform): Promise<Map<string, string>> {
  const { body } = await test.call<{ apps: App[] }>('GET', '/v2/apps?per_page=1');
  const [app = await test.create(richSpec)] = body.apps;
  const deployment = app.pending_deployment ?? app.in_progress_deployment ?? app.active_deployment;
  const { body: list } = await test.call<{ alerts: { id: string }[] }>('GET', `/v2/apps/${app.id}/alerts`);
  return new Map([
    ['app', app.id],
    ['deployment', deployment?.id ?? 'none'],
    ['alert', list.alerts?.[0]?.id ?? 'none'],
  ]);
}

async function expectWorking(test: TestPlatform): Promise<void> {
  await test.platform.reset();
  const { id } = await test.create(specOf('after', noDigest));
  await test.platform.advance('after', 'ACTIVE');
  expect((await test.app(id)).active_deployment?.phase).toBe('ACTIVE');
}

it(
  'answers 10,000 requests that may be anything, none with 500, and works as before',
  { timeout: 240_000 },
  async () => {
    const { test, failures } = await fuzzedPlatform();
    const pool = new Pool(test.platform.url, {
      connections: batchSize,
      headersTimeout: answerMs,
      bodyTimeout: answerMs,
    });
    afterwards(() => pool.destroy());
    const authorization = `Bearer ${test.platform.token}`;
    const batch = fc.array(fuzzedRequest, { minLength: batchSize, maxLength: batchSize });
    const property = fc.asyncProperty(batch, async (requests) => {
      const known = await ids(test);
      const answers = await Promise.all(requests.map((request) => send(pool, request, known, authorization)));
      for (const [index, { status, text }] of answers.entries()) {
        expect(status, `${requests[index]?.method} ${requests[index]?.target}: ${text}`).toSatisfy(
          (one: number) => one < 500 || one === 501,
        );
        // Each error in the one shape, in JSON; a HEAD has no body.
        if (status >= 400 && text !== '')
          expect(JSON.parse(text)).toMatchObject({ id: expect.any(String), message: expect.any(String) });
      }
      expect(failures).toEqual([]);
    });
    await fc.assert(property, { numRuns: batches, endOnFailure: true });
    await expectWorking(test);
  },
);

it('survives what is no HTTP', async () => {
  const { test, failures } = await fuzzedPlatform();
  const { port, host } = new URL(test.platform.url);
  const fill = (text: string) => text.replaceAll('{host}', host).replaceAll('{token}', test.platform.token);
  const broken = fc.tuple(
    fc.constantFrom(...rawRequests),
    fc.nat(300),
    fc.string({ unit: 'binary', maxLength: 5 }),
  );
  const texts = [
    ...rawRequests.map(fill),
    ...fc
      .sample(broken, 300)
      .map(([text, at, noise]) => fill(text).slice(0, at) + noise + fill(text).slice(at)),
  ];
  for (let at = 0; at < texts.length; at += batchSize) {
    const some = texts.slice(at, at + batchSize);
    const answers = await Promise.all(some.map((text) => sendRaw(Number(port), text)));
    for (const [index, answer] of answers.entries())
      expect(answer, JSON.stringify(some[index]?.slice(0, 200))).not.toMatch(/^HTTP\/1\.1 5(?!01)/);
  }
  expect(failures).toEqual([]);
  await expectWorking(test);
});
