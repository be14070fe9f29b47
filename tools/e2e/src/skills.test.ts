import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyCommitted } from './support/committed.js';
import { runningServices } from './support/processes.js';
import { Workspace } from './support/workspace.js';

// The skills of this repository, live: tests of their jobs, and their answers to malicious requests.
const skills = ['design-tokens', 'nl-sql', 'odoo-rpc', 'pr-review', 'visual-diff'];

let workspace: Workspace;
const urls = new Map<string, string>();
let running: number[];

beforeAll(async () => {
  workspace = await Workspace.create({});
  await copyCommitted(['skills', 'infra', 'tsconfig.base.json'], workspace.root);
  await workspace.commit('skills');
  const { exitCode, output } = await workspace.nx(['run-many', '-t', 'deploy']);
  expect(exitCode, output).toBe(0);
  for (const skill of skills) urls.set(skill, (await workspace.status(skill)).url ?? '');
  running = await pids();
}, 120_000);
afterAll(() => workspace.close());

async function pids(): Promise<number[]> {
  return (await runningServices(workspace.root)).map(({ pid }) => pid).sort();
}

interface Answer {
  status: number;
  error: { code: string; message: string } | undefined;
}

/** Sends a body unchanged. If `length` is wrong, the answer comes before the rest of the body. */
function send(skill: string, body: string, length = Buffer.byteLength(body)): Promise<Answer> {
  const headers = { 'content-type': 'application/json', 'content-length': length };
  return new Promise((resolve, reject) => {
    const sent = request(`${urls.get(skill)}/invoke`, { method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject).on('end', () => {
        const { error } = JSON.parse(Buffer.concat(chunks).toString()) as Answer;
        resolve({ status: response.statusCode ?? 0, error });
        sent.destroy();
      });
    });
    sent
      .on('error', reject)
      .setTimeout(30_000, () => sent.destroy(new Error('There was no answer in 30 s.')));
    sent.write(body);
    if (length === Buffer.byteLength(body)) sent.end();
  });
}

const invoke = (skill: string, input: unknown) => send(skill, JSON.stringify({ input }));

/** The request is refused with a reason, and the service still answers. */
async function expectRefused(skill: string, { status, error }: Answer): Promise<void> {
  expect([400, 403, 404, 413, 422]).toContain(status);
  expect(error?.code).toMatch(/^[a-z_]+$/);
  expect(error?.message).toMatch(/\w+ \w+/);
  expect((await fetch(`${urls.get(skill)}/health`)).status).toBe(200);
}

it('prove their jobs on the live service, each by stages of its own', async () => {
  const { exitCode, output } = await workspace.nx(['run-many', '-t', 'smoke-test']);
  expect(exitCode, output).toBe(0);
  for (const skill of skills) {
    const [, passed, all] = new RegExp(`^ *${skill} .*✔ (\\d+)/(\\d+)$`, 'm').exec(output) ?? [];
    expect([skill, passed]).toEqual([skill, all]);
    expect(Number(all)).toBeGreaterThanOrEqual(2);
  }
});

describe.each(skills)('%s refuses with a reason, and lives on', (skill) => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

  it.each([
    ['what is no JSON', '{"input": '],
    ['what is not what it asks for', '{"input": {"what": "?"}}'],
    ['a list', '[]'],
    ['nothing', 'null'],
    ['a body nested without end', '['.repeat(200_000)],
    ['an input nested deeply', `{"input": ${nested(5_000)}}`],
    ['a context nested deeply', `{"input": {}, "context": {"a": ${nested(5_000)}}}`],
    ['a prototype', '{"input": {"__proto__": {"admin": true}}}'],
    [
      'a hundred thousand unknown fields',
      `{"input": {${Array.from({ length: 100_000 }, (_, i) => `"f${i}":1`).join()}}}`,
    ],
  ])('%s', async (_what, body) => {
    await expectRefused(skill, await send(skill, body));
  });

  it('more than it takes, before it has come', async () => {
    const answer = await send(skill, '{"input": ', 1024 * 1024 * 1024);
    expect(answer.status).toBe(413);
    await expectRefused(skill, answer);
  });
});

const odoo = { operation: 'search_count', database: 'd', login: 'l', key: 'k', model: 'res.partner' };
const pages = { operation: 'check', project: 'shop' };

/** The same address in notations that a block list does not contain. */
const privateUrls = [
  'http://127.0.0.1:4100/v2/apps',
  'http://localhost/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://[::1]/',
  'http://[::ffff:10.0.0.1]/',
  'http://169.254.169.254/metadata/v1/',
  'http://10.1.2.3/',
  'http://user:secret@192.168.0.1/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:6379/_FLUSHALL',
];

describe.each(privateUrls)('the URL %s', (url) => {
  it.each([
    ['design-tokens', { url }],
    ['design-tokens', { css: 'a { color: red }', baseline: { url } }],
    ['odoo-rpc', { ...odoo, url }],
    ['odoo-rpc', { ...odoo, url, protocol: 'xmlrpc' }],
    ['odoo-rpc', { ...odoo, url, protocol: 'json2' }],
    ['visual-diff', { ...pages, url }],
  ])('is not called by %s', async (skill, input) => {
    await expectRefused(skill, await invoke(skill, input));
  });
});

describe('what only one skill reads', () => {
  const bomb = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
  const size = Buffer.from('7fffffff7fffffff0806000000', 'hex');
  const png = Buffer.concat([bomb, size, Buffer.alloc(64)]).toString('base64');

  it.each([
    ['design-tokens', 'blocks without end', { css: 'a{'.repeat(100_000) }],
    ['design-tokens', 'more tokens than there are', { css: `:root{${colors(9_000)}}` }],
    ['design-tokens', 'a theme nested in brackets', { tailwind: { colors: { a: 'calc('.repeat(10_000) } } }],
    [
      'nl-sql',
      'a schema in brackets without end',
      { question: 'how many t', schema: `CREATE TABLE t (a int CHECK ${'('.repeat(40_000)}` },
    ],
    ['nl-sql', 'a schema that is none', { question: 'how many t', schema: 'drop everything' }],
    ['nl-sql', 'a database that nobody configured', { question: 'how many t', database: 'postgres' }],
    [
      'odoo-rpc',
      'a private method',
      { ...odoo, url: 'https://a.odoo.com', operation: 'execute', method: '__init__' },
    ],
    [
      'odoo-rpc',
      'a model that is a path',
      { ...odoo, url: 'https://a.odoo.com', protocol: 'json2', model: '../../web' },
    ],
    ['pr-review', 'a diff that is none', { diff: 'x'.repeat(1_000_000) }],
    [
      'pr-review',
      'a hunk that lies about its lines',
      { diff: 'diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,99999999 +1,99999999 @@\n' },
    ],
    ['pr-review', 'a repository that is a path', { repository: '../..', pr_number: 1 }],
    ['visual-diff', 'an image that claims gigabytes', { operation: 'compare', before: png, after: png }],
    ['visual-diff', 'an image that is none', { operation: 'compare', before: 'aGVsbG8=', after: 'aGVsbG8=' }],
    ['visual-diff', 'a project that is a path', { operation: 'list', project: '../../etc' }],
  ])('%s refuses %s, and lives on', async (skill, _what, input) => {
    await expectRefused(skill, await invoke(skill, input));
  });
});

it('none of them had to be started again', async () => {
  expect(await pids()).toEqual(running);
});

function colors(count: number): string {
  return Array.from({ length: count }, (_, i) => `--c${i}:#${i.toString(16).padStart(6, '0')};`).join('');
}
