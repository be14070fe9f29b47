import { execa } from 'execa';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository } from './support/committed.js';
import { until } from './support/poll.js';
import { Workspace } from './support/workspace.js';

const odoobo = join(repository, 'tools/ship/bin/odoobo.js');
const approved = { steps: [{ weight: 50 }, { approve: true }, { weight: 100, for: '1s' }] };
const manifest = { contract: 'http', healthPath: '/' };

let workspace: Workspace;

/** A service that answers with a text, and with what a request was worth. */
function serviceSource(says: string, worth: number, port = 'process.env.PORT'): string {
  return (
    `import { createServer } from 'node:http';\n` +
    `createServer((request, response) => response.setHeader('x-skill-outcome', '${worth}').end('${says}'))` +
    `.listen(Number(${port}), '127.0.0.1');\n` +
    `process.on('SIGTERM', () => process.exit(0));\n`
  );
}

/** The next version of the service, released in this way. */
async function write(says: string, rollout: object, worth = 0, port?: string): Promise<void> {
  await workspace.writeSkill('shop', { manifest: { ...manifest, rollout } });
  await workspace.write('skills/shop/src/main.js', serviceSource(says, worth, port));
}

beforeAll(async () => {
  workspace = await Workspace.create({ shop: { manifest: { ...manifest, rollout: approved } } });
  await write('one', approved);
  expect((await run('deploy')).exitCode).toBe(0);
});
afterAll(() => workspace.close());

function start(command: string, ...options: string[]) {
  return execa(process.execPath, [odoobo, command, 'shop', ...options], {
    cwd: workspace.root,
    env: { NO_COLOR: '1', CI: '' },
    all: true,
    reject: false,
  });
}

async function run(command: string, ...options: string[]): Promise<{ exitCode: number; output: string }> {
  const { exitCode = 1, all } = await start(command, ...options);
  return { exitCode, output: all };
}

async function app() {
  const [only] = await workspace.apps();
  if (!only) throw new Error('There is no app.');
  return only;
}

async function components(): Promise<string[]> {
  return ((await app()).active_deployment?.spec?.services ?? []).map(({ name }) => name);
}

async function deployments(): Promise<number> {
  const at = `/apps/${(await app()).id}/deployments`;
  return ((await workspace.api(at)) as { meta: { total: number } }).meta.total;
}

/** All users get this answer, and nothing of a rollout is left. */
async function expectLive(says: string): Promise<void> {
  expect(await components()).toEqual(['shop']);
  const { live_url: url = '' } = await app();
  for (let i = 0; i < 4; i++) expect(await (await fetch(url)).text()).toBe(says);
}

/** Sends requests of new clients until it is stopped. */
async function ask(url: string, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    await (await fetch(url)).text();
    await delay(10);
  }
}

describe('an experiment', () => {
  it('ends by itself when one version is shown to be worth more, and all users get what was live', async () => {
    const steps = [{ weight: 50, for: '1h' }];
    await write('two', { steps, experiment: { better: 'higher' } }, 5);
    const before = await deployments();
    const running = start('deploy');
    await until('the experiment is live', async () => (await components()).length === 3);
    const stopping = new AbortController();
    const { live_url: url = '' } = await app();
    const asking = [1, 2, 3].map(() => ask(url, stopping.signal));
    const { exitCode, all } = await running;
    stopping.abort();
    await Promise.all(asking);
    expect(exitCode, all).toBe(0);
    expect(all).toMatch(
      /The experiment has ended: the canary is better\.[^]*What was live before serves all users/,
    );
    expect(await deployments()).toBe(before + 2);
    await expectLive('one');
    expect((await run('deploy')).output).toContain('was aborted');
  });

  it('gives the better version to all if it was told to', async () => {
    const steps = [{ weight: 50, for: '1h' }];
    await write('three', { steps, experiment: { better: 'higher', promote: true } }, 5);
    const running = start('deploy');
    await until('the experiment is live', async () => (await components()).length === 3);
    const stopping = new AbortController();
    const { live_url: url = '' } = await app();
    const asking = [1, 2, 3].map(() => ask(url, stopping.signal));
    const { exitCode, all } = await running;
    stopping.abort();
    await Promise.all(asking);
    expect(exitCode, all).toBe(0);
    await expectLive('three');
  });
});

describe('a rollout that is held', () => {
  it('is aborted, and the next version goes out by itself', async () => {
    await write('four', approved);
    await run('deploy');
    expect((await run('rollout', '--hold', '--because=let me look')).output).toContain('let me look');
    expect((await run('deploy')).output).toContain('let me look');
    expect((await run('rollout', '--abort')).output).toContain('rolled back');
    await expectLive('three');
    await write('five', { steps: [{ weight: 100, for: '1s' }] });
    expect((await run('deploy')).exitCode).toBe(0);
    await expectLive('five');
  });

  it('gives way to a second deploy of another version', async () => {
    await write('six', approved);
    await run('deploy');
    await run('rollout', '--hold');
    await write('seven', { steps: [{ weight: 50, for: '1s' }] });
    expect((await run('deploy')).exitCode).toBe(0);
    await expectLive('seven');
  });

  it('is over after a rollback', async () => {
    await write('eight', approved);
    await run('deploy');
    expect(await components()).toHaveLength(3);
    const { exitCode, output } = await run('rollback');
    expect(exitCode, output).toBe(0);
    expect(await components()).toEqual(['shop']);
  });
});

it('is aborted once where whoever aborts it is killed at the write', async () => {
  await write('nine', approved);
  await run('deploy');
  const before = await deployments();
  const killed = start('rollout', '--abort');
  await until('the write has arrived', async () => (await deployments()) === before + 1);
  killed.kill('SIGKILL');
  await killed;
  await until('it is live', async () => (await components()).length === 1);
  expect((await run('rollout')).output).toContain('none');
  expect((await run('deploy')).output).toContain('was aborted');
  expect(await deployments()).toBe(before + 1);
  await write('ten', { steps: [{ weight: 50, for: '1s' }] });
  expect((await run('deploy')).exitCode).toBe(0);
  await expectLive('ten');
});

it('fails at once where the new version takes a fixed port, and what is live is untouched', async () => {
  await write('eleven', approved, 0, '0');
  const before = await (await fetch((await app()).live_url ?? '')).text();
  const began = Date.now();
  const { exitCode, output } = await run('deploy');
  expect(exitCode).toBe(1);
  expect(output).toMatch(/listens on port \d+, but PORT is \d+/);
  expect(Date.now() - began).toBeLessThan(60_000);
  await expectLive(before);
});
