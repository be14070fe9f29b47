import { build } from 'esbuild';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Profiler } from 'node:inspector';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { createSkillServer } from '../server.js';
import { defineSkill } from '../skill.js';
import type { SkillProfile } from './take-profile.js';

const secret = 'a-secret-of-this-test';
let folder: string;
let child: ChildProcess;
let url: string;

/** Bundled as skills are shipped: minified, with its source map beside it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'profile-'));
  const outfile = join(folder, 'main.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, '../../test/fixtures/slow-skill.ts')],
    outfile,
    bundle: true,
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
    platform: 'node',
    format: 'esm',
    external: ['@odoobo/telemetry'],
    banner: { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" },
  });
  const env = { PORT: '0', HOST: '127.0.0.1', PROFILE_SECRET: secret };
  child = spawn(process.execPath, [outfile], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let written = '';
  child.stdout?.on('data', (chunk: Buffer) => (written += chunk.toString()));
  url = await vi.waitFor(
    () => {
      const found = /listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(written)?.[1];
      if (!found) throw new Error(`not listening yet: ${written}`);
      return found;
    },
    { timeout: 10_000, interval: 10 },
  );
});
afterAll(async () => {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  await rm(folder, { recursive: true });
});

const ask = (query: string, key = secret) =>
  fetch(`${url}/profile${query}`, { method: 'POST', headers: { authorization: `Bearer ${key}` } });

async function work(): Promise<number> {
  const response = await fetch(`${url}/invoke`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"input":{"ms":20}}',
  });
  await response.arrayBuffer();
  return response.status;
}

/** The function that the most samples are of, with its file. */
function topOf({ nodes, samples = [] }: Profiler.Profile): string {
  const counts = new Map<string, number>();
  for (const { id, callFrame } of nodes) {
    const name = `${callFrame.functionName} ${callFrame.url.split('/').at(-1) ?? ''}`;
    if (callFrame.functionName === '(idle)' || callFrame.functionName === '(program)') continue;
    counts.set(name, (counts.get(name) ?? 0) + samples.filter((sample) => sample === id).length);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? '';
}

it('a profile names the slow function by its name in the source; requests are answered; a second profile is refused', async () => {
  const profile = ask('?seconds=1');
  const statuses: number[] = [];
  let second: Response | undefined;
  let isOver = false;
  void profile.finally(() => (isOver = true));
  while (!isOver) {
    statuses.push(await work());
    second ??= await ask('?seconds=1');
  }
  expect(second?.status).toBe(409);
  expect(new Set(statuses)).toEqual(new Set([200]));
  const response = await profile;
  expect(response.status).toBe(200);
  const { cpu, heap, eventLoopDelay } = (await response.json()) as SkillProfile;
  expect(topOf(cpu)).toBe('addWithoutHurry slow-skill.ts');
  expect(heap.head.children.length).toBeGreaterThan(0);
  expect(eventLoopDelay.max).toBeGreaterThan(10);
});

it.each([
  ['?seconds=1', 'wrong', 401],
  ['?seconds=0', secret, 400],
  ['?seconds=61', secret, 400],
  ['?seconds=long', secret, 400],
])('POST /profile%s with %s is answered with %i', async (query, key, status) => {
  expect((await ask(query, key)).status).toBe(status);
});

it('another method than POST is answered with 405, and the one that is allowed', async () => {
  const response = await fetch(`${url}/profile`);
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('POST');
});

it('without a secret there is no such path, and with a short one no server', async () => {
  const skill = defineSkill({
    input: z.string(),
    output: z.string(),
    examples: [],
    invoke: async (text) => text,
  });
  const manifest = { id: 'closed', version: '0.0.0', description: 'Has no secret.' };
  const env = { LOG_LEVEL: 'silent' };
  const server = createSkillServer(manifest, skill, { env });
  for (const method of ['GET', 'POST'] as const)
    expect((await server.inject({ method, url: '/profile' })).statusCode).toBe(404);
  expect(() => createSkillServer(manifest, skill, { env: { ...env, PROFILE_SECRET: 'short' } })).toThrow(
    'PROFILE_SECRET is shorter than 16 characters',
  );
});
