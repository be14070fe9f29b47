import { type Platform, startPlatform } from '@odoobo/local-platform';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

const program = join(import.meta.dirname, '../node_modules/.bin/mcp');
const spec = {
  name: 'shop',
  services: [{ name: 'web', image: { registry_type: 'DOCR', repository: 'shop', tag: 'v1' } }],
};

interface Answer {
  isError: boolean;
  text: string;
}

let folder: string;
let platform: Platform;
let server: ChildProcessWithoutNullStreams;
const answers = new Map<number, (result: unknown) => void>();
let asked = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcp-'));
  platform = await startPlatform({ directory: folder, progression: { simulate: () => ({ deployMs: 50 }) } });
  const { url, token } = platform;
  const at = ['-digitalocean-api-endpoint', url, '-digitalocean-api-token', token];
  server = spawn(program, ['-services', 'apps', '-log-level', 'error', ...at]);
  createInterface({ input: server.stdout }).on('line', (line) => {
    const { id, result } = JSON.parse(line) as { id: number; result: unknown };
    answers.get(id)?.(result);
  });
  await ask('initialize', {
    protocolVersion: '2024-11-05',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  });
});

afterAll(async () => {
  server.stdin.end();
  await once(server, 'exit');
  await platform.close();
  await rm(folder, { recursive: true });
});

/** A call of the Model Context Protocol. */
async function ask(method: string, params: object): Promise<unknown> {
  const id = ++asked;
  const answer = new Promise((resolve) => answers.set(id, resolve));
  server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
  return answer;
}

async function tool(name: string, input: object = {}): Promise<Answer> {
  const { isError = false, content } = (await ask('tools/call', { name, arguments: input })) as {
    isError?: boolean;
    content: { text: string }[];
  };
  return { isError, text: content[0]?.text ?? '' };
}

it("does with an app whatever DigitalOcean's MCP server can", async () => {
  const created = await tool('apps-create-app-from-spec', { spec });
  expect(created).toMatchObject({ isError: false });
  const { id: AppID } = JSON.parse(created.text) as { id: string };
  const deployed = await vi.waitFor(async () => {
    const { text } = await tool('apps-get-deployment-status', { AppID });
    const { deployment } = JSON.parse(text) as { deployment: { id: string; phase: string } };
    expect(deployment.phase).toBe('ACTIVE');
    return deployment;
  });
  const logs = (Component: string) =>
    tool('apps-get-logs', { AppID, DeploymentID: deployed.id, Component, LogType: 'RUN', TailLines: 5 });
  expect(JSON.parse((await logs('web')).text)).toHaveProperty('historic_urls');
  expect(await logs('nobody')).toMatchObject({ isError: true, text: expect.stringContaining('nobody') });

  const envs = [{ key: 'LEVEL', value: 'debug' }];
  await tool('apps-update', { update: { app_id: AppID, request: { spec: { ...spec, envs } } } });
  expect(JSON.parse((await tool('apps-get-info', { AppID })).text)).toMatchObject({ name: 'shop', envs });
  expect((await tool('apps-list')).text).toContain(AppID);
  expect(await tool('apps-delete', { AppID })).toMatchObject({ isError: false });
  expect(await tool('apps-get-info', { AppID })).toMatchObject({
    isError: true,
    text: expect.stringContaining('could not be found'),
  });
});
