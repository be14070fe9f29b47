import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { until } from './support/poll.js';
import { Shop } from './support/shop.js';
import { Traffic } from './support/traffic.js';
import { Workspace } from './support/workspace.js';

/*
 * What users of other tools for progressive delivery complain of: after a rollout that failed, was aborted, got stuck or was refused, the next
 * version goes out by itself, and nothing of the one before is left.
 */

/** A service that is healthy, and fails the other requests when asked to. */
function service(says: string, fails = 'false'): string {
  return `import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
let asked = 0;
createServer((request, response) => {
  const isHealth = request.url === '/health';
  if (!isHealth) asked += 1;
  response.writeHead(!isHealth && (${fails}) ? 500 : 200).end('${says}');
}).listen(Number(process.env.PORT), '127.0.0.1');
`;
}

let workspace: Workspace;
let shop: Shop;

beforeEach(async () => {
  workspace = await Workspace.create({});
  shop = new Shop(workspace);
}, 60_000);
afterEach(() => workspace.close());

async function setUp(steps: object[], verdict = {}, source = service('one'), more = {}): Promise<void> {
  const manifest = { contract: 'http', rollout: { steps, verdict }, ...more };
  await workspace.writeSkill('shop', { manifest });
  await write(source);
  expect(await deploy()).toContain('created');
}

function write(source: string): Promise<void> {
  return workspace.write('skills/shop/src/main.js', source);
}

async function run(command: string, ...options: string[]): Promise<string> {
  return (await shop.run(command, ...options)).output;
}

const deploy = (...options: string[]) => run('deploy', ...options);

/** Requests of new clients, and of one that stays, until the test ends. */
async function withTraffic(): Promise<Traffic> {
  const traffic = new Traffic((await shop.app()).live_url ?? '', ['GET']);
  onTestFinished(() => traffic.stop());
  return traffic;
}

const approval = [
  { weight: 50, approve: true },
  { weight: 60, for: '1s' },
];

/** The next version goes out, without anything but a deploy and its approval. */
async function expectNextGoesOut(says: string): Promise<void> {
  await write(service(says));
  const output = await deploy();
  if (output.includes('RolloutWaits')) {
    await run('rollout', '--approve');
    expect(await deploy()).toContain('updated');
  }
  await shop.expectLive(says);
}

it('acts on failures while it waits for an approval (Flagger 1801), and leaves nothing running (941)', async () => {
  await setUp(approval);
  await write(service('two', `existsSync('${join(workspace.root, 'broken')}')`));
  expect(await deploy()).toContain('RolloutWaits');
  const traffic = await withTraffic();
  await writeFile(join(workspace.root, 'broken'), '');
  await until('the canary is out', async () => (await run('rollout')).includes(' out '));
  const failed = traffic.answers.filter(({ failure }) => failure !== undefined).length;
  expect(failed).toBeGreaterThan(0);
  expect(failed).toBeLessThanOrEqual(20);
  expect(await run('rollout', '--approve')).toContain('The canary is out');
  expect(await deploy()).toContain('RolloutAborted');
  await shop.expectLive('one');
  await expectNextGoesOut('three');
});

it('starts nothing over after a refused approval (1248), and can be tried again (Argo 3120, 2929)', async () => {
  await setUp(approval);
  await write(service('two'));
  await deploy();
  await run('rollout', '--abort', '--because=refused');
  const before = await shop.deployments();
  const again = await deploy();
  expect(again).toContain('--retry');
  expect(await shop.deployments()).toHaveLength(before.length);
  await shop.expectLive('one');
  expect(await deploy('--retry')).toContain('RolloutWaits');
  await run('rollout', '--approve');
  expect(await deploy()).toContain('updated');
  await shop.expectLive('two');
  await expectNextGoesOut('three');
});

it('lets a fix out where what is live fails (1774)', async () => {
  const steps = [{ weight: 50, requests: 5 }];
  await setUp(steps, { requests: 5 }, service('one', 'true'));
  await withTraffic();
  await write(service('two'));
  expect(await deploy()).toContain('updated');
  await shop.expectLive('two');
});

it('does not abort for one bad answer among few', async () => {
  await setUp([{ weight: 50, requests: 20 }], { requests: 20 });
  await withTraffic();
  await write(service('two', 'asked === 5'));
  expect(await deploy()).toContain('updated');
  await shop.expectLive('two');
});

it('gives way where it is stuck: held by a person (2866), and coming up for ever (1152, 1588)', async () => {
  await setUp([{ weight: 50, for: '30m' }]);
  await write(service('two'));
  const held = shop.start('deploy');
  await until('it is under way', async () => (await shop.components()).length === 3);
  expect(await run('rollout', '--hold', '--because=let me look')).toMatch(/held/);
  expect((await held.ended).output).toContain('RolloutHeld');
  await workspace.writeSkill('shop', {
    manifest: { contract: 'http', rollout: { steps: [{ weight: 50, for: '1s' }] } },
  });
  await write('setInterval(() => {}, 1000); // It never listens.\n');
  const stuck = shop.start('deploy');
  await until('the write has arrived', async () => (await shop.app()).in_progress_deployment !== undefined);
  stuck.kill('SIGKILL');
  await stuck.ended;
  await expectNextGoesOut('four');
});

it('stops for a test that fails (1411), and the next version goes out', async () => {
  const smokeTests = [{ name: 'says', request: { path: '/' } }];
  await setUp([{ weight: 1, for: '1s' }], { smokeTest: true }, service('one'), { smokeTests });
  await write(service('two', 'true'));
  expect(await deploy()).toMatch(/RolloutAborted|smoke test of the canary failed/);
  await shop.expectLive('one');
});
