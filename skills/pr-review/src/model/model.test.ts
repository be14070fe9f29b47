import { createSkillServer } from '@odoobo/skill-kit';
import { callSkill, closedHost } from '@odoobo/skill-kit/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../skill.json' with { type: 'json' };
import { patch } from '../review.fixture.js';
import { prReviewSkill } from '../skill.js';
import { Budget } from './budget.js';
import {
  comments,
  completion,
  endpointKey,
  failWith,
  type ModelEndpoint,
  sendJson,
  startModelEndpoint,
  type Turn,
} from './model-endpoint.fixture.js';
import { modelSettings } from './settings.js';

let endpoint: ModelEndpoint;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  endpoint = await startModelEndpoint();
  env = { MODEL_NAME: 'test-model', MODEL_BASE_URL: endpoint.url, MODEL_ACCESS_KEY: endpointKey };
});

afterAll(() => endpoint.close());

const before = 'const a = 1;\nconst old = 2;\nconst c = 3;\n';
const after = 'const a = 1;\nconst total = price * count;\nconst c = 3;\neval(location.hash);\n';
const diff = patch('src/a.ts', before, after);

/** The answer of the skill when the model takes these turns. */
async function review(turns: Turn[], settings: NodeJS.ProcessEnv = {}, input: object = {}) {
  endpoint.script(...turns);
  const skill = prReviewSkill({ ...env, ...settings });
  const { output, error } = await callSkill(skill, { diff, model_comments: true, ...input });
  if (!output) throw new Error(error?.message);
  return output;
}

const modelReview = async (...parameters: Parameters<typeof review>) =>
  (await review(...parameters)).model_review;

describe('a language model', () => {
  it('comments on changed lines, marked as its own, and leaves the rest of the review as it is', async () => {
    const { model_review, ...rest } = await review([
      comments(
        { at: 'F1R2', comment: 'price can be undefined.', suggestion: 'Check it first.' },
        { at: 'F1L2', comment: 'old is still used in b.ts.' },
      ),
    ]);
    expect(model_review).toEqual({
      status: 'done',
      model: 'test-model',
      comments: [
        {
          source: 'model',
          file: 'src/a.ts',
          line: 2,
          side: 'RIGHT',
          message: 'price can be undefined.',
          suggestion: 'Check it first.',
        },
        { source: 'model', file: 'src/a.ts', line: 2, side: 'LEFT', message: 'old is still used in b.ts.' },
      ],
      dropped_comments: 0,
      not_read: [],
      tokens: { input: 1_000, output: 50 },
    });
    expect(rest).toEqual((await callSkill(prReviewSkill({}), { diff })).output);
  });

  it('gets the change by the API of OpenAI', async () => {
    await review([comments()]);
    const [{ path, headers, body } = {}, ...others] = endpoint.requests;
    expect([path, headers?.authorization, others]).toEqual([
      '/v1/chat/completions',
      `Bearer ${endpointKey}`,
      [],
    ]);
    expect(body).toMatchObject({ model: 'test-model', max_tokens: 4_000 });
    expect(body?.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(body?.messages[1]?.content.split('\n').slice(1, -1)).toEqual([
      'File 1: "src/a.ts" (modified)',
      '...',
      '  const a = 1;',
      'F1L2 -const old = 2;',
      'F1R2 +const total = price * count;',
      '  const c = 3;',
      'F1R4 +eval(location.hash);',
    ]);
    expect(body?.messages[0]?.content).toContain('reported already; do not repeat them: F1R4');
  });

  it('gets it by the API of Anthropic', async () => {
    const found = await modelReview([comments({ at: 'F1R4', comment: 'Why?' })], { MODEL_API: 'anthropic' });
    expect(found).toMatchObject({ status: 'done', comments: [{ line: 4, message: 'Why?' }] });
    expect(found?.tokens).toEqual({ input: 1_000, output: 50 });
    const [{ path, headers, body } = {}] = endpoint.requests;
    expect([path, headers?.['x-api-key'], headers?.['anthropic-version'], headers?.authorization]).toEqual([
      '/v1/messages',
      endpointKey,
      '2023-06-01',
      undefined,
    ]);
    expect(body).toMatchObject({
      model: 'test-model',
      max_tokens: 4_000,
      system: expect.stringContaining('You review a change'),
      messages: [{ role: 'user' }],
    });
  });

  it('gets the limit of its output by the newer name where it asks for that', async () => {
    const found = await modelReview([
      failWith(400, "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."),
      comments(),
    ]);
    expect(found?.status).toBe('done');
    const limits = endpoint.requests.map(({ body }) => [body['max_tokens'], body['max_completion_tokens']]);
    expect(limits).toEqual([
      [4_000, undefined],
      [undefined, 4_000],
    ]);
  });

  it.each([
    ['```json\n', '\n```'],
    ['<think>{"comments": 1} or so</think>\n', ''],
    ['I found {one} thing: ', ' I hope that {helps}'],
  ])('may put %j around its answer', async (start, end) => {
    const found = await modelReview([`${start}${comments({ at: 'F1R2', comment: 'Why?' })}${end}`]);
    expect(found).toMatchObject({ status: 'done', comments: [{ line: 2 }] });
  });

  it('is asked only when the caller wants it', async () => {
    expect(await review([comments()], {}, { model_comments: false })).not.toHaveProperty('model_review');
    expect(endpoint.requests).toEqual([]);
  });

  it('that is not configured is reported in the review', async () => {
    const found = await modelReview([], { MODEL_NAME: '' });
    expect(found).toMatchObject({ status: 'not_configured', problem: { code: 'no_model' } });
  });

  it('is not asked about a change without lines for it', async () => {
    const found = await modelReview([comments()], {}, { diff: patch('yarn.lock', '', 'a@1:\n') });
    expect(found).toMatchObject({
      status: 'nothing_to_read',
      not_read: [{ file: 'yarn.lock', reason: 'generated' }],
    });
    expect(endpoint.requests).toEqual([]);
  });
});

describe('a model that fails', () => {
  it.each<[string, Turn[], string, number]>([
    ['refuses the key', [failWith(401)], 'model_refused', 1],
    ['is busy for good', [failWith(503, '', { 'retry-after': '0' })], 'model_unavailable', 3],
    ['asks to wait for an hour', [failWith(429, '', { 'retry-after': '3600' })], 'model_unavailable', 1],
    ['knows neither limit', [failWith(400, 'max_completion_tokens')], 'model_refused', 2],
    ['answers HTML', [(response) => response.end('<html>')], 'model_unexpected_answer', 1],
    ['answers nothing', [(response) => response.destroy()], 'unreachable', 1],
    ['answers without end', [(response) => response.end('x'.repeat(2 * 1024 * 1024))], 'answer_too_large', 1],
    [
      'sends the key elsewhere',
      [(response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end()],
      'model_refused',
      1,
    ],
    ['says nothing', [(response) => sendJson(response, 200, completion(null))], 'model_unusable_answer', 1],
    [
      'is cut off',
      [(response) => sendJson(response, 200, completion('{"comments": [{"at"', 'length'))],
      'model_unusable_answer',
      1,
    ],
  ])('because it %s leaves the review whole and says so', async (_what, turns, code, requests) => {
    const { model_review, ...rest } = await review(turns);
    expect([model_review?.status, model_review?.problem?.code, endpoint.requests.length]).toEqual([
      'failed',
      code,
      requests,
    ]);
    expect(JSON.stringify(model_review)).not.toContain(endpointKey);
    expect(rest).toEqual((await callSkill(prReviewSkill({}), { diff })).output);
  });

  it('is tried again when it is busy', async () => {
    const found = await modelReview([failWith(529, '', { 'retry-after': '0' }), comments()]);
    expect([found?.status, endpoint.requests.length]).toEqual(['done', 2]);
  });

  it('to answer in time is left', async () => {
    const found = await modelReview([() => undefined], { MODEL_TIMEOUT_SECONDS: '0.2' });
    expect(found?.problem?.code).toBe('model_timeout');
  });

  it('because nothing listens leaves the review whole', async () => {
    const found = await modelReview([], { MODEL_BASE_URL: `http://${await closedHost()}` });
    expect(found?.problem).toEqual({
      code: 'unreachable',
      message: expect.stringMatching(/^Could not reach 127/),
    });
  });

  it.each([
    failWith(401),
    failWith(500, '', { 'retry-after': '9' }),
    (response) => response.end('{'),
  ] satisfies Turn[])('writes its key into no log (%#)', async (turn) => {
    endpoint.script(turn);
    const lines: string[] = [];
    const logStream = { write: (line: string) => void lines.push(line) };
    const server = createSkillServer(manifest, prReviewSkill(env), {
      env: { LOG_LEVEL: 'trace' },
      logStream,
    });
    const payload = { input: { diff, model_comments: true } };
    const response = await server.inject({ method: 'POST', url: '/invoke', payload });
    expect(response.statusCode).toBe(200);
    expect(lines.length).toBeGreaterThan(0);
    expect(`${lines.join('')}${response.body}`).not.toContain(endpointKey);
  });
});

describe('what a model may cost', () => {
  it('is bounded in its input: files that do not fit are named', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `const value${i} = compute();\n`);
    const large = patch('large.ts', '', lines.join(''));
    const found = await modelReview([comments()], { MODEL_MAX_INPUT_TOKENS: '5000' }, { diff: large + diff });
    expect(found).toMatchObject({ status: 'done', not_read: [{ file: 'large.ts', reason: 'too_large' }] });
    const sent = JSON.stringify(endpoint.requests[0]?.body);
    expect(sent.length).toBeLessThan(5_000 * 3);
    expect(sent).toContain('F2R2 +const total');
    expect(sent).toContain('F1R1 +const value0');
  });

  it('is bounded in its output', async () => {
    await review([comments()], { MODEL_MAX_OUTPUT_TOKENS: '123' });
    expect(endpoint.requests[0]?.body['max_tokens']).toBe(123);
  });

  it('is counted, by the prices that the operator sets', async () => {
    const found = await modelReview([comments()], { MODEL_PRICES: '0.5/4' });
    expect(found?.cost_usd).toBeCloseTo(0.0007, 10);
  });

  it.each([
    ['MODEL_MAX_TOKENS_PER_DAY', { MODEL_MAX_TOKENS_PER_DAY: '6000' }],
    ['MODEL_MAX_COST_PER_DAY', { MODEL_MAX_COST_PER_DAY: '0.006', MODEL_PRICES: '1/1' }],
  ])('is bounded for a day by %s, for calls at the same time too', async (variable, settings) => {
    endpoint.script(comments());
    const skill = prReviewSkill({ ...env, ...settings });
    const call = async () => (await callSkill(skill, { diff, model_comments: true })).output?.model_review;
    const found = await Promise.all([call(), call()]);
    expect(found.map((one) => one?.status).sort()).toEqual(['done', 'failed']);
    expect(found.find((one) => one?.problem)?.problem).toEqual({
      code: 'model_budget_spent',
      message: expect.stringContaining(variable),
    });
    expect(endpoint.requests).toHaveLength(1);
    // What was taken for the first call is given back, except for what it used.
    expect((await call())?.status).toBe('done');
  });

  it('starts again on the next day', () => {
    let now = new Date('2026-03-01T23:59:00Z');
    const budget = new Budget(() => now);
    const settings = modelSettings({ ...env, MODEL_MAX_TOKENS_PER_DAY: '100' });
    if (!settings) throw new Error('there are settings');
    const settle = budget.take({ input: 60, output: 40 }, settings);
    expect(() => budget.take({ input: 1, output: 0 }, settings)).toThrow(/MODEL_MAX_TOKENS_PER_DAY/);
    now = new Date('2026-03-02T00:01:00Z');
    budget.take({ input: 60, output: 0 }, settings);
    settle({ input: 0, output: 0 });
    expect(() => budget.take({ input: 60, output: 0 }, settings)).toThrow(/midnight/);
  });

  it('is nothing where the endpoint refuses', async () => {
    endpoint.script(failWith(401));
    const skill = prReviewSkill({ ...env, MODEL_MAX_TOKENS_PER_DAY: '6000' });
    for (let call = 0; call < 3; call++) {
      const { output } = await callSkill(skill, { diff, model_comments: true });
      expect(output?.model_review?.problem?.code).toBe('model_refused');
    }
  });
});

describe('settings of the model', () => {
  it('reach DigitalOcean by its name alone', () => {
    expect(modelSettings({ MODEL_NAME: 'x' })?.baseUrl.href).toBe('https://inference.do-ai.run/v1');
    const anthropic = modelSettings({ MODEL_NAME: 'x', MODEL_API: 'anthropic' });
    expect(anthropic?.baseUrl.href).toBe('https://api.anthropic.com/v1');
  });

  it.each([
    ['MODEL_API', { MODEL_API: 'telepathy' }],
    ['MODEL_BASE_URL', { MODEL_BASE_URL: 'ftp://models' }],
    ['MODEL_BASE_URL', { MODEL_BASE_URL: 'https://me:secret@models/v1' }],
    ['MODEL_BASE_URL needs https', { MODEL_BASE_URL: 'http://models.example/v1' }],
    ['MODEL_MAX_INPUT_TOKENS', { MODEL_MAX_INPUT_TOKENS: 'many' }],
    ['MODEL_MAX_OUTPUT_TOKENS', { MODEL_MAX_OUTPUT_TOKENS: '-1' }],
    ['MODEL_TIMEOUT_SECONDS', { MODEL_TIMEOUT_SECONDS: '60' }],
    ['MODEL_PRICES', { MODEL_PRICES: '1' }],
    ['MODEL_PRICES', { MODEL_MAX_COST_PER_DAY: '1' }],
  ])('with a wrong %s are reported, and the review is whole', async (message, settings) => {
    const found = await modelReview([comments()], settings);
    expect(found).toMatchObject({ status: 'failed', problem: { code: 'misconfigured' } });
    expect(found?.problem?.message).toContain(message);
    expect(JSON.stringify(found)).not.toContain('secret');
  });
});
