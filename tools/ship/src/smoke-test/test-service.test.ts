import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { skillManifestSchema } from '../manifest/manifest.js';
import { commandOf } from '../manifest/skill-place.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { testSkill } from './test-skill.js';

// A service with the contract `http`: it knows nothing of skills.

const spec = `
name: shop
services:
  - name: shop
    github: { repo: acme/shop, branch: main }
`;

/** The stages of a service, each with its status and its problems. */
async function stagesOf(
  smokeTests: object[],
  answer: RequestListener,
): Promise<[string, string, string[]][]> {
  const workspaceRoot = await tempDirectory();
  const fields = { id: 'shop', version: '1.0.0', description: 'A shop.', runtime: 'node', entry: 'app.js' };
  const manifest = skillManifestSchema.parse({ ...fields, contract: 'http', healthPath: '/up', smokeTests });
  await mkdir(join(workspaceRoot, 'infra/do-gradient/shop'), { recursive: true });
  await mkdir(join(workspaceRoot, 'apps/shop'), { recursive: true });
  await writeFile(join(workspaceRoot, 'apps/shop/skill.json'), JSON.stringify(manifest));
  await writeFile(join(workspaceRoot, 'infra/do-gradient/shop/app-spec.yaml'), spec);
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { stages } = await testSkill({
    place: { workspaceRoot, skillRoot: 'apps/shop', skill: 'shop', command: commandOf([], 'shop') },
    skills: { label: 'here', find: async () => ({ manifest, live: { url, deploymentId: 'd' } }) },
    options: { environment: 'local', timeout: 1, maxResponseMs: 20_000 },
    env: {},
    onStage: () => {},
  });
  return stages.map(({ name, status, problems }) => [
    name,
    status,
    problems.map((problem) => problem.replaceAll(url, '')),
  ]);
}

it('passes if it is healthy and answers the calls of its manifest', async () => {
  const tests = [
    {
      name: 'takes an order',
      request: { method: 'POST', path: '/orders?dry', headers: { 'X-Shop': 'a' }, json: { item: 'tea' } },
      response: { status: 201, json: { item: 'tea', lines: [{ n: 1 }] } },
    },
    { name: 'has a page', request: { path: '/' }, response: { text: 'Welcome' } },
    { name: 'knows a method', request: { method: 'DELETE', path: '/' }, response: { status: 405 } },
  ];
  const found = await stagesOf(tests, async (request, response) => {
    const { method, url, headers } = request;
    if (url === '/orders?dry' && method === 'POST' && headers['x-shop'] === 'a') {
      const { item } = JSON.parse(await text(request)) as { item: string };
      return response.writeHead(201).end(JSON.stringify({ id: 7, item, lines: [{ n: 1, more: true }] }));
    }
    return response.writeHead(method === 'DELETE' ? 405 : 200).end('<h1>Welcome</h1>');
  });
  expect(found).toEqual([
    ['health', 'passed', []],
    ['response time', 'passed', []],
    ['request: takes an order', 'passed', []],
    ['request: has a page', 'passed', []],
    ['request: knows a method', 'passed', []],
  ]);
});

it('fails for each difference of an answer', async () => {
  const request = { path: '/orders' };
  const tests = [
    { name: 'status', request },
    { name: 'json', request, response: { status: 404, json: { error: 'none' } } },
    { name: 'text', request, response: { status: 404, text: 'Sorry' } },
  ];
  const found = await stagesOf(tests, ({ url }, response) =>
    response.writeHead(url === '/up' ? 200 : 404).end('{"error":"gone"}'),
  );
  expect(found.slice(2)).toEqual([
    ['request: status', 'failed', ['GET /orders: expected 200, got 404']],
    ['request: json', 'failed', ['GET /orders: body/error: expected "none", got "gone"']],
    ['request: text', 'failed', ['GET /orders: body: expected it to contain "Sorry"']],
  ]);
});

it('fails if its health path is another, and tests nothing else', async () => {
  const found = await stagesOf([], (_, response) => response.writeHead(404).end());
  expect(found).toEqual([
    ['health', 'failed', ['GET /up: it answered 404; gave up after 1 s']],
    ['response time', 'skipped', []],
  ]);
});
