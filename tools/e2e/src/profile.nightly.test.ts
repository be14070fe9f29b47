import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './support/poll.js';
import { odooboPath, Workspace } from './support/workspace.js';

/** Most of its time goes into one function. */
const slow = `import { defineSkill, serveSkill } from '@odoobo/skill-kit';
import * as z from 'zod';
import manifest from '../skill.json' with { type: 'json' };

function addWithoutHurry(ms) {
  const until = performance.now() + ms;
  let sum = 0;
  while (performance.now() < until) for (let n = 0; n < 100_000; n++) sum += Math.sqrt(sum + n);
  return sum;
}

const skill = defineSkill({
  input: z.strictObject({ ms: z.number() }),
  output: z.number(),
  examples: [],
  invoke: async ({ ms }) => addWithoutHurry(ms),
});
await serveSkill(manifest, skill);
`;

const secret = 'a-secret-of-this-test';
let workspace: Workspace;
let url: string;

beforeAll(async () => {
  workspace = await Workspace.create({ slow: {} });
  await workspace.write('skills/slow/src/main.js', slow);
  const spec = 'infra/do-gradient/slow/app-spec.yaml';
  const added = 'envs:\n  - key: PROFILE_SECRET\n    type: SECRET\n    value: ${PROFILE_SECRET}\n';
  await workspace.write(spec, `${await workspace.read(spec)}\n${added}`);
  const { exitCode, output } = await workspace.nx(['deploy', 'slow'], { PROFILE_SECRET: secret });
  expect(exitCode, output).toBe(0);
  url = (await workspace.status('slow'))['url'] ?? '';
}, 120_000);
afterAll(() => workspace.close());

/** Sends requests while something is done. @returns what that returned, and the statuses of the answers */
async function underLoad<T>(act: () => Promise<T>): Promise<{ result: T; statuses: Set<number> }> {
  const statuses = new Set<number>();
  let isOver = false;
  const ask = async () => {
    const response = await fetch(`${url}/invoke`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"input":{"ms":20}}',
    });
    statuses.add(response.status);
    await response.arrayBuffer();
  };
  // Until V8 has inlined the function into its caller, as it has in a skill that has run for a while.
  for (let n = 0; n < 120; n += 1) await ask();
  const result = act().finally(() => (isOver = true));
  while (!isOver) await ask();
  return { result: await result, statuses };
}

it.each([
  ['at once on this machine', {}],
  ['with its secret, as in production', { PROFILE_SECRET: secret }],
])('a profile %s names the slow function on top, and requests are answered meanwhile', async (_, env) => {
  const { result, statuses } = await underLoad(() => workspace.nx(['profile', 'slow', '--seconds=2'], env));
  expect(result.exitCode, result.output).toBe(0);
  expect(result.output).toMatch(/TIME +FUNCTION +SOURCE\n +[\d.]+ % +addWithoutHurry +\S*src\/main\.js:\d+/);
  expect(statuses).toEqual(new Set([200]));
  const folder = join(workspace.root, 'logs/profiles');
  const html =
    (await readdir(folder))
      .filter((name) => name.endsWith('.html'))
      .sort()
      .at(-1) ?? '';
  expect(await workspace.read(`logs/profiles/${html}`)).toContain('>addWithoutHurry</button>');
  const cpu = JSON.parse(
    await workspace.read(`logs/profiles/${html.replace('.html', '.cpuprofile')}`),
  ) as object;
  expect(Object.keys(cpu)).toEqual(expect.arrayContaining(['nodes', 'samples', 'timeDeltas']));
  await until('the inspector is closed again', async () => !(await inspectorIsOpen()));
});

it('a wrong secret is said, and so is a second profile at the same time', async () => {
  const wrong = await workspace.nx(['profile', 'slow'], { PROFILE_SECRET: 'a-wrong-secret-of-this-test' });
  expect(wrong.output).toContain('It was deployed with another PROFILE_SECRET');
  expect(wrong.exitCode).not.toBe(0);
  const [one, other] = await Promise.all(
    [0, 1].map(() => workspace.nx(['profile', 'slow', '--seconds=8'], { PROFILE_SECRET: secret })),
  );
  expect([one?.exitCode, other?.exitCode].sort()).toEqual([0, 1]);
  expect(`${one?.output}${other?.output}`).toContain('Another profile of this process is being taken.');
});

/** It says how often it was asked for a profile; it has none of skill-kit's code. */
const started = `let asked = 0;
const profile = {
  cpu: { nodes: [], startTime: 0, endTime: 1000 },
  heap: { head: {} },
  eventLoopDelay: { mean: 1, p50: 1, p99: 1, max: 1 },
};
globalThis[Symbol.for('@odoobo/skill-kit/profile')] = (seconds) => {
  asked += 1;
  return new Promise((resolve) => setTimeout(() => resolve(profile), seconds * 1000));
};
const { PORT, SKILL_DIGEST: digest } = process.env;
const state = () => ({ status: 'healthy', skill: 'wrapped', version: '1.0.0', digest, pid: process.pid, asked });
require('node:http')
  .createServer((_, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(state())))
  .listen(PORT, '127.0.0.1');
`;

describe('a service that a shell has started', () => {
  const state = async () => {
    const response = await fetch(`${(await workspace.status('wrapped'))['url']}/health`);
    return (await response.json()) as { pid: number; asked: number };
  };

  beforeAll(async () => {
    await workspace.write('skills/wrapped/app/run.sh', 'node server.cjs\n');
    await workspace.write('skills/wrapped/app/server.cjs', started);
    const start = ['/bin/sh', 'run.sh'];
    await workspace.writeSkill('wrapped', { manifest: { entry: undefined, ship: 'app', start } });
    await workspace.setUp(['deploy', 'wrapped']);
  });

  it('is not ended by a profile, which is of what the shell runs', async () => {
    const { pid } = await state();
    const { exitCode, output } = await workspace.odoobo(['profile', 'wrapped', '--seconds=1']);
    expect(exitCode, output).toBe(0);
    expect(output).toContain('p99 1 ms');
    expect(await state()).toEqual(expect.objectContaining({ pid, asked: 1 }));
  });

  it('closes its inspector by itself when the command is killed meanwhile', async () => {
    const run = workspace.start(['profile', 'wrapped', '--seconds=1'], {}, odooboPath);
    await until('a profile is taken', async () => (await state()).asked === 2);
    expect(await inspectorIsOpen()).toBe(true);
    run.kill('SIGKILL');
    await run.ended;
    await until('the inspector is closed', async () => !(await inspectorIsOpen()));
  });
});

/** Node's, which anybody on the machine can use to run code in the process. */
function inspectorIsOpen(): Promise<boolean> {
  return fetch('http://127.0.0.1:9229/json/list').then(
    () => true,
    () => false,
  );
}

it('profiles the instance that is named, also without Nx, and shows where the time of a run went', async () => {
  const scaled = await workspace.nx(['scale', 'slow', '--instances=2', '--size=apps-s-1vcpu-1gb']);
  expect(scaled.exitCode, scaled.output).toBe(0);
  const first = await workspace.odoobo(['profile', 'slow', '--seconds=1']);
  expect(first.exitCode, first.output).toBe(0);
  const [, other = ''] =
    /Of its 2 instances this is \S+-0\. Another one: --instance=(\S+-1)/.exec(first.output) ?? [];
  const second = await workspace.nx(['profile', 'slow', `--instance=${other}`, '--seconds=1']);
  expect(second.exitCode, second.output).toBe(0);
  expect(second.output).toContain(`Of its 2 instances this is ${other}.`);
  const none = await workspace.odoobo(['profile', 'slow', '--instance=slow-7']);
  expect(none.exitCode).toBe(1);
  expect(none.output).toContain('slow has no instance "slow-7". Name one of: --instance=');
  const { output } = await workspace.odoobo(['trace']);
  expect(output).toMatch(/^scale-\S+, trace [0-9a-f]{32}\n/);
});
