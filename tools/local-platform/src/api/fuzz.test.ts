import type { App } from '@odoobo/app-platform/spec';
import fc from 'fast-check';
import { Pool } from 'undici';
import { expect, it } from 'vitest';
import { fuzzedProposal, type FuzzedRequest, fuzzedRequest, send } from '../testing/fuzz.test.helper.js';
import {
  afterwards,
  noDigest,
  specOf,
  type TestPlatform,
  testPlatform,
} from '../testing/platform.test.helper.js';
import { rawRequests, sendRaw } from '../testing/raw-http.test.helper.js';
import { crashingService } from '../testing/services.test.helper.js';

/** Requests that are sent at once. */
const batchSize = 50;
const batches = process.env['NIGHTLY'] ? 200 : 12;
/** Of 20 kB at most, on one machine: an answer that takes so long never comes. */
const answerMs = 10_000;

async function fuzzedPlatform(
  progression: 'manual' | 'real',
): Promise<{ test: TestPlatform; failures: string[] }> {
  const failures: string[] = [];
  const test = await testPlatform({ progression, warn: (message) => failures.push(message) });
  return { test, failures };
}

/** An app for the requests to aim at, made again when one of them has deleted it. */
async function ids(test: TestPlatform): Promise<Map<string, string>> {
  const { body } = await test.call<{ apps: App[] }>('GET', '/v2/apps?per_page=1');
  const [app = await test.create(specOf('shop', await test.image(crashingService), alerting))] = body.apps;
  const deployment = app.pending_deployment ?? app.in_progress_deployment ?? app.active_deployment;
  const { body: list } = await test.call<{ alerts: { id: string }[] }>('GET', `/v2/apps/${app.id}/alerts`);
  return new Map([
    ['app', app.id],
    ['deployment', deployment?.id ?? 'none'],
    ['alert', list.alerts?.[0]?.id ?? 'none'],
  ]);
}

const alerting = { alerts: [{ rule: 'RESTART_COUNT' as const }] };

async function expectWorking(test: TestPlatform): Promise<void> {
  await test.platform.reset();
  const { id } = await test.create(specOf('after', noDigest));
  await test.platform.advance('after', 'ACTIVE');
  expect((await test.app(id)).active_deployment?.phase).toBe('ACTIVE');
}

/** Sends batches of requests at once; each must be answered, none with 500, every error in the one shape. */
async function expectAnswers(
  { test, failures }: { test: TestPlatform; failures: string[] },
  request: fc.Arbitrary<FuzzedRequest>,
  batches: number,
): Promise<void> {
  const pool = new Pool(test.platform.url, {
    connections: batchSize,
    headersTimeout: answerMs,
    bodyTimeout: answerMs,
  });
  afterwards(() => pool.destroy());
  const authorization = `Bearer ${test.platform.token}`;
  const batch = fc.array(request, { minLength: batchSize, maxLength: batchSize });
  const property = fc.asyncProperty(batch, async (requests) => {
    const known = await ids(test);
    const answers = await Promise.all(requests.map((one) => send(pool, one, known, authorization)));
    for (const [index, { status, text }] of answers.entries()) {
      expect(status, `${requests[index]?.method} ${requests[index]?.target}: ${text}`).toSatisfy(
        (one: number) => one < 500 || one === 501,
      );
      // A HEAD has no body.
      if (status >= 400 && text !== '')
        expect(JSON.parse(text)).toMatchObject({ id: expect.any(String), message: expect.any(String) });
    }
    expect(failures).toEqual([]);
  });
  await fc.assert(property, { numRuns: batches, endOnFailure: true });
}

it(`answers ${batches * batchSize} arbitrary requests, and still works`, { timeout: 240_000 }, async () => {
  const fuzzed = await fuzzedPlatform('manual');
  await expectAnswers(fuzzed, fuzzedRequest, batches);
  await expectWorking(fuzzed.test);
});

it('decides for any spec whether it can run here', { timeout: 120_000 }, async () => {
  const fuzzed = await fuzzedPlatform('real');
  await expectAnswers(fuzzed, fuzzedProposal, batches / 4);
});

it('survives input that is not HTTP', async () => {
  const { test, failures } = await fuzzedPlatform('manual');
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
