import { mapRepository, type Platform, startPlatform } from '@odoobo/local-platform';
import { execa } from 'execa';
import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { atNight } from './support/at-night.js';
import { jobToken, Pipeline, type StepRun, valuesOf } from './support/pipeline.js';
import type { Workspace } from './support/workspace.js';

let pipeline: Pipeline;
let workspace: Workspace;
/** Production's stand-in. */
let cloud: Platform;

beforeAll(async () => {
  pipeline = await Pipeline.create();
  workspace = pipeline.workspace;
  const directory = join(pipeline.elsewhere, 'cloud');
  cloud = await startPlatform({ directory });
  await mapRepository(directory, 'acme/changed', pipeline.origin);
});
afterAll(async () => {
  await cloud.close();
  await pipeline.close();
});

const steps = [
  ['validate', 'Check manifests, App Specs and structure; lint; test'],
  ['deploy', 'Deploy, and roll back if the smoke test fails'],
  ['verify', 'Check its health'],
  ['verify', 'Run the smoke test'],
] as const;

/** The result of `actions/checkout` and the setup of a job. */
async function checkOut(name: string): Promise<Workspace> {
  const clone = join(pipeline.elsewhere, name);
  await execa('git', ['clone', '-q', '-b', 'skill/changed', pipeline.origin, clone]);
  await symlink(join(workspace.root, 'node_modules'), join(clone, 'node_modules'));
  return workspace.checkout(clone);
}

async function ship(checkout: Workspace): Promise<{ printed: string; writes: string[] }> {
  const seen = cloud.requests.length;
  let printed = '';
  for (const [job, step] of steps) {
    const { exitCode, all } = await pipeline.runStep(job, step, variables(), checkout);
    expect(exitCode, all).toBe(0);
    printed += all;
  }
  return { printed, writes: cloud.requests.slice(seen).filter((call) => !call.startsWith('GET')) };
}

/** The values that the workflow takes from its inputs, its matrix and the secrets. */
function variables(): Record<string, string> {
  return {
    SKILL: 'changed',
    PROJECT: 'changed',
    PROJECTS: 'changed',
    SKILLS: 'changed',
    DIGITALOCEAN_ACCESS_TOKEN: cloud.token,
    DIGITALOCEAN_API_URL: cloud.url,
  };
}

/** The environment of a step that comments on a pull request. */
const onPullRequest = () => ({
  PULL_REQUEST: '7',
  GITHUB_REPOSITORY: 'acme/changed',
  GITHUB_API_URL: github,
});
let github: string;

/** The comments that a step creates. */
async function commentsOf(step: () => Promise<StepRun>): Promise<string[]> {
  const bodies: string[] = [];
  const server = createServer((request, reply) => {
    expect(request.headers.authorization).toBe(`Bearer ${jobToken}`);
    if (request.method === 'GET') return reply.end('[]');
    void text(request).then((sent) => {
      bodies.push((JSON.parse(sent) as { body: string }).body);
      reply.end(JSON.stringify({ id: 1, html_url: 'https://github.example/acme/changed/pull/7' }));
    });
    return reply;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  github = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const { exitCode, all } = await step();
    expect(exitCode, all).toBe(0);
    return bodies;
  } finally {
    server.close();
  }
}

/** The calls that change something. */
function changes(): string[] {
  return cloud.requests.filter((call) => !call.startsWith('GET') && !call.endsWith('/propose'));
}

atNight(() => {
  it('shows what deploy would do, and writes nothing', async () => {
    expect(await pipeline.runStep('plan', 'Plan what deploy would do', variables())).toMatchObject({
      exitCode: 0,
    });
    expect(await workspace.read('plan.md')).toContain('| changed | ➕ create |');
    expect(changes()).toEqual([]);
    await workspace.remove('plan.md');
  });

  it('puts on the pull request what can be planned, and which variable the rest misses', async () => {
    const file = 'infra/do-gradient/kept/app-spec.yaml';
    const spec = await workspace.read(file);
    await workspace.write(
      file,
      spec.replace(/^services:\n.*\n/m, '$&    envs: [{ key: API_KEY, type: SECRET }]\n'),
    );
    const env = { ...variables(), PROJECTS: 'changed,kept', API_KEY: '' };
    const planned = await pipeline.runStep('plan', 'Plan what deploy would do', env);
    await workspace.write(file, spec);
    expect(planned.exitCode).toBe(1);
    const comments = await commentsOf(() =>
      pipeline.runStep('plan', 'Comment the plan on the pull request', onPullRequest()),
    );
    expect(comments).toHaveLength(1);
    expect(comments[0]).toContain('| changed | ➕ create |');
    expect(comments[0]).toContain('| kept | ❌ cannot be planned |');
    expect(comments[0]).toContain(`API_KEY (secret): ${file}`);
    expect(changes()).toEqual([]);
    await workspace.remove('plan.md');
  });

  it('comments on the pull request why there is no plan at all', async () => {
    const env = { ...variables(), DIGITALOCEAN_ACCESS_TOKEN: 'dop_v1_wrong' };
    expect((await pipeline.runStep('plan', 'Plan what deploy would do', env)).exitCode).toBe(1);
    const comments = await commentsOf(() =>
      pipeline.runStep('plan', 'Comment the plan on the pull request', onPullRequest()),
    );
    expect(comments).toEqual([expect.stringContaining('GET /v2/apps: 401 unauthorized')]);
    expect(comments[0]).not.toContain('dop_v1_wrong');
    await workspace.remove('plan.md');
  });
});

it('shows git the token of the job for its own server, and no other', async () => {
  const fill = (host: string) =>
    pipeline.runScript(`printf 'protocol=https\\nhost=${host}\\n\\n' | git credential fill`, {
      ...valuesOf(pipeline.stepOf('deploy', 'Deploy, and roll back if the smoke test fails')),
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
    });
  expect((await fill('github.example')).all).toContain(`password=${jobToken}`);
  expect((await fill('elsewhere.example')).all).not.toContain(jobToken);
});

it('checked, deployed, and verified from elsewhere', async () => {
  const runner = await checkOut('runner');
  const { printed, writes } = await ship(runner);
  expect(printed).toContain('1 skill: 1 created.');
  expect(writes).toEqual(['POST /v2/apps']);
  const { url = '' } = await runner.status('changed');
  expect(await (await fetch(url)).text()).toBe('new');
});

atNight(() => {
  it('as anybody does who runs the same commands in a clone', async () => {
    const { printed, writes } = await ship(await checkOut('clone'));
    expect(printed).toContain('Nothing to deploy');
    expect(writes).toEqual([]);
  });
});
