import { createSkillServer, defineSkill } from '@odoobo/skill-kit';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { skillManifestSchema } from '../manifest/manifest.js';
import { commandOf } from '../manifest/skill-place.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import type { SkillReport } from './report.js';
import { testSkill } from './test-skill.js';

const digest = `sha256:${'a'.repeat(64)}`;
const manifest = skillManifestSchema.parse({
  id: 'echo',
  version: '1.2.3',
  description: 'Echoes.',
  runtime: 'node',
  entry: 'src/main.ts',
  smokeTests: [
    { name: 'says it loudly', invoke: { input: { text: 'a' } }, expect: { text: 'A', list: [{ n: 1 }] } },
    {
      name: 'refuses a number',
      invoke: { input: { text: 1 } },
      expectError: { status: 400, code: 'invalid_input' },
    },
  ],
});
const skill = defineSkill({
  input: z.strictObject({ text: z.string() }),
  output: z.object({ text: z.string(), list: z.array(z.object({ n: z.number() })) }),
  examples: [],
  invoke: async ({ text }) => ({ text: text.toUpperCase(), list: [{ n: 1 }] }),
});
const spec = `
name: echo
services:
  - name: echo
    github: { repo: acme/echo, branch: main }
    envs: [{ key: API_KEY, type: SECRET }]
`;

/** Replies to some requests in place of the skill: `GET /health`. */
type Wrong = Record<string, (response: ServerResponse) => unknown>;

/** A server like that of every skill, except for the faults of the test. */
async function serve(wrong: Wrong): Promise<string> {
  const app = createSkillServer(manifest, skill, { env: { LOG_LEVEL: 'silent', SKILL_DIGEST: digest } });
  await app.ready();
  const server = createServer((request, response) => {
    const answer = wrong[`${request.method} ${request.url}`];
    if (answer) answer(response);
    else app.routing(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Given {
  live?: { digest?: string };
  timeout?: number;
  maxResponseMs?: number;
}

async function report(
  wrong: Wrong,
  { live = { digest }, timeout = 30, maxResponseMs = 20_000 }: Given = {},
): Promise<SkillReport> {
  const workspaceRoot = await tempDirectory();
  await mkdir(join(workspaceRoot, 'skills/echo'), { recursive: true });
  await mkdir(join(workspaceRoot, 'infra/do-gradient/echo'), { recursive: true });
  await writeFile(join(workspaceRoot, 'skills/echo/skill.json'), JSON.stringify(manifest));
  await writeFile(join(workspaceRoot, 'infra/do-gradient/echo/app-spec.yaml'), spec);
  const url = await serve(wrong);
  const found = await testSkill({
    place: { workspaceRoot, skillRoot: 'skills/echo', skill: 'echo', command: commandOf([], 'echo') },
    skills: { label: 'here', find: async () => ({ manifest, live: { url, deploymentId: 'd', ...live } }) },
    options: { environment: 'local', timeout, maxResponseMs },
    env: { API_KEY: 'open-sesame' },
    onStage: () => {},
  });
  const text = JSON.stringify(found).replaceAll(url, '');
  return JSON.parse(text) as SkillReport;
}

/** The failed stages, with all their problems. */
async function failures(wrong: Wrong, given?: Given): Promise<Record<string, string[]>> {
  const { stages } = await report(wrong, given);
  const failed = stages.filter(({ status }) => status === 'failed');
  return Object.fromEntries(failed.map(({ name, problems }) => [name, problems]));
}

function json(status: number, body: unknown, headers = {}) {
  return (response: ServerResponse) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

const health = { status: 'healthy', skill: 'echo', version: '1.2.3', digest };
const error = { error: { code: 'no', message: 'No.', request_id: '1' } };

it('passes a skill of skill-kit, with all measurements', async () => {
  const { success, stages } = await report({});
  expect(success).toBe(true);
  expect(stages.map(({ name, status, detail }) => [name, status, detail])).toEqual([
    ['health', 'passed', '200 at once'],
    ['response time', 'passed', expect.stringMatching(/^p50 [0-9.]+ ms, p95 [0-9.]+ ms$/)],
    ['metadata', 'passed', 'echo 1.2.3'],
    ['error handling', 'passed', '404 and 405'],
    ['documentation', 'passed', '200 and 200'],
    ['invoke: says it loudly', 'passed', '200'],
    ['invoke: refuses a number', 'passed', '400'],
  ]);
  const { p50Ms = NaN, p95Ms = NaN, samples } = stages[1]?.measures ?? {};
  expect(samples).toBe(10);
  expect(p50Ms).toBeLessThanOrEqual(p95Ms);
});

it('tests an unhealthy skill no further', async () => {
  const { success, stages } = await report({ 'GET /health': json(500, {}) }, { timeout: 1 });
  expect(success).toBe(false);
  expect(stages.map(({ status }) => status)).toEqual([
    'failed',
    ...Array.from({ length: 6 }, () => 'skipped'),
  ]);
  expect(stages[0]?.problems).toEqual(['GET /health: it answered 500; gave up after 1 s']);
});

it('fails the response time for one slow reply, and runs the other stages', async () => {
  let asked = 0;
  // The third sample: the health stage sends the first request.
  const late = (response: ServerResponse) => (asked += 1) !== 4 && json(200, health)(response);
  expect(await failures({ 'GET /health': late }, { maxResponseMs: 1_000 })).toEqual({
    'response time': ['GET /health: no answer within 1 s (3 of 10)'],
  });
});

const wrongMetadata = { ...health, skill: 'ecko', version: '1.2.2', digest: 'sha256:old' };
const noSuchShape = 'expected JSON like {"error": {"code", "message", "request_id"}}';

it.each<[string, Wrong, Record<string, unknown>]>([
  [
    'another skill, version or artefact',
    { 'GET /health': json(200, wrongMetadata) },
    {
      metadata: [
        'GET /health: skill: got "ecko", expected "echo", the id of its manifest',
        'GET /health: version: got "1.2.2", expected "1.2.3", the version of its manifest. Deploy it: npx nx deploy echo',
        `GET /health: digest: got "sha256:old", expected "${digest}", the artefact that was deployed`,
      ],
    },
  ],
  [
    'nothing about itself',
    { 'GET /health': (response) => response.end('OK') },
    { metadata: ['GET /health: expected a JSON object'] },
  ],
  [
    'a page on every path',
    { 'GET /no-such-path': (response) => response.end('<h1>Hi</h1>') },
    { 'error handling': ['GET /no-such-path: expected 404, got 200'] },
  ],
  [
    'errors of its own shape',
    { 'GET /no-such-path': json(404, { message: 'No.' }) },
    { 'error handling': [`GET /no-such-path: the body of its 404: ${noSuchShape}`] },
  ],
  [
    'errors that are no JSON',
    { 'GET /no-such-path': json(404, error, { 'content-type': 'text/html' }) },
    { 'error handling': [`GET /no-such-path: the body of its 404: ${noSuchShape}`] },
  ],
  [
    'a 405 without Allow',
    { 'GET /invoke': json(405, error) },
    { 'error handling': ['GET /invoke: expected a header Allow that names POST, got none'] },
  ],
  [
    'a 405 that allows something else',
    { 'GET /invoke': json(405, error, { allow: 'GET, PUT' }) },
    { 'error handling': ['GET /invoke: expected a header Allow that names POST, got "GET, PUT"'] },
  ],
  [
    'no documentation',
    { 'GET /docs': json(404, error), 'GET /openapi.json': json(500, error) },
    { documentation: ['GET /docs: expected 200, got 404', 'GET /openapi.json: expected 200, got 500'] },
  ],
  [
    'an empty page',
    { 'GET /docs': (response) => response.end('\n') },
    { documentation: ['GET /docs: the page is empty'] },
  ],
  [
    'an OpenAPI document that is broken',
    { 'GET /openapi.json': json(200, { openapi: '3.1.0', info: { title: 'echo' }, paths: {} }) },
    {
      documentation: [
        expect.stringContaining("GET /openapi.json: /info: must have required property 'version'"),
      ],
    },
  ],
  [
    'a document that refers to nothing',
    {
      'GET /openapi.json': json(200, {
        openapi: '3.1.0',
        info: { title: 'e', version: '1' },
        paths: { '/': { $ref: '#/no' } },
      }),
    },
    { documentation: [expect.stringContaining('#/no')] },
  ],
  [
    'an older kind of document',
    { 'GET /openapi.json': json(200, { swagger: '2.0' }) },
    { documentation: ['GET /openapi.json: openapi: expected a version 3, got nothing'] },
  ],
  [
    'the name of a file as document',
    { 'GET /openapi.json': json(200, '/etc/passwd') },
    { documentation: ['GET /openapi.json: expected a JSON object'] },
  ],
  [
    'a wrong output',
    { 'POST /invoke': json(200, { output: { text: 'a', list: [{ n: 2 }] } }) },
    {
      'invoke: says it loudly': [
        'POST /invoke: output/text: expected "A", got "a"',
        'POST /invoke: output/list/0/n: expected 1, got 2',
      ],
    },
  ],
  [
    'no output',
    { 'POST /invoke': (response) => response.end('hello') },
    {
      'invoke: says it loudly': ['POST /invoke: output: expected {"text":"A","list":[{"n":1}]}, got nothing'],
    },
  ],
  [
    'an error to a call',
    { 'POST /invoke': json(500, error) },
    { 'invoke: says it loudly': ['POST /invoke: expected 200, got 500'] },
  ],
  [
    'nothing, and breaks the connection',
    { 'GET /docs': (response) => response.destroy() },
    { documentation: [expect.stringMatching(/^GET \/docs: the connection was reset/)] },
  ],
])('fails a skill that answers %s', async (_, wrong, expected) => {
  const { 'invoke: refuses a number': accepted = [], ...others } = await failures(wrong);
  expect(others).toEqual(expected);
  expect(accepted.length > 0).toBe('POST /invoke' in wrong);
});

it('requires the digest of the deployed artefact', async () => {
  const { metadata } = await failures({}, { live: {} });
  expect(metadata).toEqual([
    expect.stringContaining('has no artefact digest, so it was not deployed from this repository'),
  ]);
});

it('hides secrets of the environment in replies of a skill', async () => {
  const leak = json(200, { output: { text: 'the key is open-sesame', list: [] } });
  const text = JSON.stringify(await report({ 'POST /invoke': leak }));
  expect(text).toContain('the key is [secret]');
  expect(text).not.toContain('open-sesame');
});
