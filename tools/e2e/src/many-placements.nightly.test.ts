import { readdir, readFile, readlink } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Workspace } from './support/workspace.js';

// Fifty skills, each with a bundle of usual size (zod, undici and yaml), at two placements in two waves, on the local platform.
let workspace: Workspace;

const skills = Array.from({ length: 50 }, (_, index) => `skill-${index}`);

function source(skill: string): string {
  return `import { createServer } from 'node:http';
import { request } from 'undici';
import { parse } from 'yaml';
import { z } from 'zod';
const input = z.object({ a: z.number() });
createServer((_request, reply) => {
  const healthy = input.safeParse(parse('a: 1')).success && typeof request === 'function';
  reply.statusCode = healthy ? 200 : 500;
  reply.setHeader('content-type', 'application/json');
  reply.end(JSON.stringify({ status: 'healthy', skill: '${skill}', digest: process.env.SKILL_DIGEST }));
}).listen(process.env.PORT);
process.on('SIGTERM', () => process.exit(0));
`;
}

beforeAll(async () => {
  workspace = await Workspace.create(Object.fromEntries(skills.map((skill) => [skill, {}])));
  for (const skill of skills) await workspace.write(`skills/${skill}/src/main.js`, source(skill));
  await workspace.write(
    'infra/do-gradient/placements.yaml',
    'placements:\n  - { name: eu, environment: local }\n  - { name: us, environment: local, wave: 2 }\n',
  );
  await workspace.commit('fifty skills');
});
afterAll(() => workspace.close());

/** Megabytes of the processes of Nx and the deploy, without the platform and the services. */
async function megabytesOfNx(): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const sizes = pids.map(async (pid) => {
    const [cwd, command, status] = await Promise.all([
      readlink(`/proc/${pid}/cwd`),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ]).catch(() => ['', '', ''] as const);
    if (cwd !== workspace.root || !command.includes('nx')) return 0;
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

it('are built and go live in one run, in bounded memory', async () => {
  let peak = 0;
  let sampled = Promise.resolve();
  const sampling = setInterval(() => {
    sampled = megabytesOfNx().then((now) => void (peak = Math.max(peak, now)));
  }, 1_000);
  const started = Date.now();
  const { exitCode, output } = await workspace.nx(['run-many', '-t', 'deploy']);
  const seconds = Math.round((Date.now() - started) / 1000);
  clearInterval(sampling);
  await sampled;
  expect(exitCode, output).toBe(0);
  process.stdout.write(`100 apps of 50 skills: ${seconds} s, ${Math.round(peak)} MB of Nx and the deploy\n`);
  const apps = await workspace.apps();
  expect(apps.filter(({ active_deployment }) => active_deployment)).toHaveLength(100);
  expect(peak).toBeLessThan(1_500);
}, 600_000);
