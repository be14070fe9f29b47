import { readPlatform, readRestarts } from '@odoobo/local-platform/client';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { until } from './support/poll.js';
import { startTlsFront } from './support/tls-front.js';
import { Workspace } from './support/workspace.js';

let workspace: Workspace;

beforeAll(async () => {
  workspace = await Workspace.create({ shop: { behaviour: { says: 'one', printsEnvironment: true } } });
  expect((await workspace.nx(['run-many', '-t', 'deploy'])).exitCode).toBe(0);
});
afterAll(() => workspace.close());

async function deploy(says: string): Promise<void> {
  await workspace.change('shop', { says, printsEnvironment: true });
  expect((await workspace.nx(['run-many', '-t', 'deploy'])).exitCode).toBe(0);
}

async function deleteApp(): Promise<void> {
  const platform = await readPlatform(join(workspace.root, '.local-platform'));
  const [app] = await workspace.apps();
  const { status } = await fetch(`${platform?.url}/v2/apps/${app?.id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${platform?.token}` },
  });
  expect(status).toBe(200);
}

it('shows what ended and was started again, how often and why, in the log and the monitor', async () => {
  const [app] = await workspace.apps();
  const folder = join(workspace.root, '.local-platform', 'run');
  const [record = ''] = (await readdir(folder)).filter(
    (name) => name.startsWith(`${app?.active_deployment?.id}.`) && name.endsWith('.0.json'),
  );
  const { identity } = JSON.parse(await readFile(join(folder, record), 'utf8')) as {
    identity: { pid: number };
  };
  process.kill(identity.pid, 'SIGSEGV');
  const platform = await readPlatform(join(workspace.root, '.local-platform'));
  await until('the restart is counted', async () => {
    const restarts = platform && (await readRestarts(platform, AbortSignal.timeout(5_000)));
    return restarts?.[app?.id ?? '']?.count === 1;
  });

  const restarted = await workspace.nx(['run', 'shop:logs', '--type=restarted']);
  expect(restarted.output).toMatch(/^\S+ \d{4}-\S+Z .*SKILL_DIGEST/m);
  expect(restarted.output).toMatch(/\[local-platform\] the service ended by SIGSEGV$/m);
  const { output } = await workspace.nx(['monitor', '--once']);
  expect(output).toMatch(/shop +active, 1 restart /);
  expect(output).toMatch(/Restarted\n {2}shop {2}1 restart, last \d+ s ago: \S+ ended by SIGSEGV\n {4}\| /);
});

it('follows a log in production by a WebSocket: the edge in front of it keeps the body of a live log back', async () => {
  const { url = '', token = '' } = (await readPlatform(join(workspace.root, '.local-platform'))) ?? {};
  const front = await startTlsFront(url);
  onTestFinished(() => front.close());
  const args = ['run', 'shop:logs', '--follow', '-c', 'production', `--platformUrl=${front.url}`];
  const env = { DIGITALOCEAN_ACCESS_TOKEN: token, NODE_EXTRA_CA_CERTS: front.certificate };
  const followed = workspace.start(args, env);
  await followed.says('SKILL_DIGEST');
  const [app] = await workspace.apps();
  for (const line of ['first of all', 'then this']) {
    await fetch(`${app?.live_url}/?prints=${encodeURIComponent(line)}`);
    await followed.says(line);
  }
  followed.kill('SIGINT');
  await followed.ended;
});

it('follows the run log over a deployment and a platform that died, says so, and ends with the app', async () => {
  const { deployment: first = '' } = await workspace.status('shop');
  const followed = workspace.start(['run', 'shop:logs', '--follow']);
  await followed.says('SKILL_DIGEST');

  await deploy('two');
  const { deployment: second = '' } = await workspace.status('shop');
  await followed.says(`— deployment ${first} was replaced by ${second}; following ${second}`);

  await workspace.killPlatform();
  await followed.says('— connection lost; the log continues when the platform answers again');
  await deploy('three');
  const { deployment: third = '' } = await workspace.status('shop');
  await followed.says(`— deployment ${second} was replaced by ${third}; following ${third}`);
  await until('what the third printed', async () => {
    const log = await workspace.nx(['run', 'shop:logs']);
    return log.output.includes('SKILL_DIGEST');
  });

  await deleteApp();
  const { exitCode, output } = await followed.ended;
  expect(exitCode).toBe(0);
  expect(output).toContain('— shop was deleted');
  const digests = [...output.matchAll(/SKILL_DIGEST\W+(sha256:\w+)/g)].map(([, digest]) => digest);
  expect(digests).toHaveLength(3);
  expect(new Set(digests).size).toBe(3);
});
