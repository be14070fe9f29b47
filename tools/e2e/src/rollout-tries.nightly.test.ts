import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './support/poll.js';
import { Shop } from './support/shop.js';
import { Workspace } from './support/workspace.js';

const approved = { steps: [{ weight: 50 }, { approve: true }, { weight: 100, for: '1s' }] };
const manifest = { contract: 'http', healthPath: '/' };

let workspace: Workspace;
let shop: Shop;

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
  shop = new Shop(workspace);
  await write('one', approved);
  expect((await shop.run('deploy')).exitCode).toBe(0);
});
afterAll(() => workspace.close());

/** Sends requests of new clients until it is stopped. */
async function ask(url: string, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    await (await fetch(url)).text();
    await delay(10);
  }
}

describe('an experiment', () => {
  /** Deploys what is written, and sends requests until the experiment has ended. @returns what it printed */
  async function experiment(): Promise<string> {
    const running = shop.start('deploy');
    await until('the experiment is live', async () => (await shop.components()).length === 3);
    const stopping = new AbortController();
    const { live_url: url = '' } = await shop.app();
    const asking = [1, 2, 3].map(() => ask(url, stopping.signal));
    const { exitCode, output } = await running.ended;
    stopping.abort();
    await Promise.all(asking);
    expect(exitCode, output).toBe(0);
    return output;
  }

  it('ends by itself when one version is shown to be worth more, and all users get what was live', async () => {
    const steps = [{ weight: 50, for: '1h' }];
    await write('two', { steps, experiment: { better: 'higher' } }, 5);
    const before = (await shop.deployments()).length;
    const output = await experiment();
    expect(output).toMatch(
      /The experiment has ended: the canary is better\.[^]*What was live before serves all users/,
    );
    expect(await shop.deployments()).toHaveLength(before + 2);
    await shop.expectLive('one');
    expect((await shop.run('deploy')).output).toContain('was aborted');
  });

  it('gives the better version to all if it was told to', async () => {
    const steps = [{ weight: 50, for: '1h' }];
    await write('three', { steps, experiment: { better: 'higher', promote: true } }, 5);
    await experiment();
    await shop.expectLive('three');
  });
});

describe('a rollout that is held', () => {
  it('is aborted, and the next version goes out by itself', async () => {
    await write('four', approved);
    await shop.run('deploy');
    expect((await shop.run('rollout', '--hold', '--because=let me look')).output).toContain('let me look');
    expect((await shop.run('deploy')).output).toContain('let me look');
    expect((await shop.run('rollout', '--abort')).output).toContain('rolled back');
    await shop.expectLive('three');
    await write('five', { steps: [{ weight: 100, for: '1s' }] });
    expect((await shop.run('deploy')).exitCode).toBe(0);
    await shop.expectLive('five');
  });

  it('gives way to a second deploy of another version', async () => {
    await write('six', approved);
    await shop.run('deploy');
    await shop.run('rollout', '--hold');
    await write('seven', { steps: [{ weight: 50, for: '1s' }] });
    expect((await shop.run('deploy')).exitCode).toBe(0);
    await shop.expectLive('seven');
  });

  it('is over after a rollback', async () => {
    await write('eight', approved);
    await shop.run('deploy');
    expect(await shop.components()).toHaveLength(3);
    const { exitCode, output } = await shop.run('rollback');
    expect(exitCode, output).toBe(0);
    expect(await shop.components()).toEqual(['shop']);
  });
});

it('is aborted once where whoever aborts it is killed at the write', async () => {
  await write('nine', approved);
  await shop.run('deploy');
  const before = (await shop.deployments()).length;
  const killed = shop.start('rollout', '--abort');
  await until('the write has arrived', async () => (await shop.deployments()).length === before + 1);
  killed.kill('SIGKILL');
  await killed.ended;
  await until('it is live', async () => (await shop.components()).length === 1);
  expect((await shop.run('rollout')).output).toContain('none');
  expect((await shop.run('deploy')).output).toContain('was aborted');
  expect(await shop.deployments()).toHaveLength(before + 1);
  await write('ten', { steps: [{ weight: 50, for: '1s' }] });
  expect((await shop.run('deploy')).exitCode).toBe(0);
  await shop.expectLive('ten');
});

it('fails at once where the new version takes a fixed port, and what is live is untouched', async () => {
  await write('eleven', approved, 0, '0');
  const before = await shop.answer();
  const began = Date.now();
  const { exitCode, output } = await shop.run('deploy');
  expect(exitCode).toBe(1);
  expect(output).toMatch(/listens on port \d+, but PORT is \d+/);
  expect(Date.now() - began).toBeLessThan(60_000);
  await shop.expectLive(before);
});
