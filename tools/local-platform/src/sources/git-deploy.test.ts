import type { App, AppSpec } from '@odoobo/app-platform/spec';
import { identify, isAlive } from '@odoobo/machine/process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cli, serverFolder } from '../testing/cli.test.helper.js';
import { eventually, impatient, temporaryFolder, testPlatform } from '../testing/platform.test.helper.js';
import { mapRepository } from './repositories.js';
import { TestRepository } from './repository.test.helper.js';

const serverSource = (answer: string) => `
  const { createServer } = require('node:http');
  const text = require('node:fs').readFileSync('built.txt', 'utf8');
  createServer((_, response) => response.end(JSON.stringify({ answer: '${answer}', text, env: process.env })))
    .listen(process.env.PORT, process.env.HOST);
`;

const files = {
  'package.json': JSON.stringify({
    name: 'shop',
    scripts: { build: 'printf built-$COLOUR > built.txt', start: 'node server.js' },
  }),
  'package-lock.json': JSON.stringify({
    name: 'shop',
    lockfileVersion: 3,
    packages: { '': { name: 'shop' } },
  }),
  'server.js': serverSource('one'),
};

const spec: AppSpec = {
  name: 'shop',
  services: [
    {
      name: 'web',
      github: { repo: 'owner/name', branch: 'main' },
      health_check: { ...impatient, failure_threshold: 50 },
      termination: { drain_seconds: 1, grace_period_seconds: 1 },
      envs: [
        { key: 'COLOUR', value: 'blue', scope: 'BUILD_TIME' },
        { key: 'TOKEN', value: 's3cr3t-value', type: 'SECRET', scope: 'RUN_AND_BUILD_TIME' },
      ],
    },
  ],
};

/** The same without npm, whose start takes most of a small build. */
const plain = { ...spec.services?.[0], name: 'web', environment_slug: 'html', run_command: 'node server.js' };

/** For a build's shell: the file appears as a whole. */
const notePid = (folder: string) => `echo $$ > ${folder}/tmp && mv ${folder}/tmp ${folder}/pid`;

it('deploys what is pushed to a repository that the command line mapped', async () => {
  const platform = await testPlatform();
  const repository = await TestRepository.create(files);
  const unmapped = await platform.call('POST', '/v2/apps', { spec });
  expect(unmapped).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining('npx local-platform repository owner/name <path>') },
  });

  const mapped = await cli([
    'repository',
    'owner/name',
    repository.origin,
    '--directory',
    platform.directory,
  ]);
  expect(mapped).toMatchObject({
    code: 0,
    stdout: `owner/name is ${repository.origin} from the next deployment on.\n`,
  });
  // It installs packages by npm.
  const app = await platform.deploy(spec, 60_000);
  const first = app.active_deployment;
  expect(first).toMatchObject({
    phase: 'ACTIVE',
    services: [{ source_commit_hash: await repository.head() }],
  });
  const { live_url: url = '' } = await platform.app(app.id);
  const answer = (await (await fetch(url)).json()) as {
    answer: string;
    text: string;
    env: Record<string, string>;
  };
  expect(answer).toMatchObject({
    answer: 'one',
    text: 'built-blue',
    env: { TOKEN: 's3cr3t-value', NODE_ENV: 'production' },
  });
  expect(answer.env).not.toHaveProperty('COLOUR');

  const log = await platform.log(app.id, 'BUILD', first?.id);
  expect(log).toContain('cloned github/owner/name at commit');
  expect(log).toContain('$ npm run build');
}, 120_000);

if (process.env['NIGHTLY']) {
  it('survives kill -9 of the server during a build: the build ends, and the same commit is built again', async () => {
    const server = await serverFolder();
    const repository = await TestRepository.create(files);
    await mapRepository(server.directory, 'owner/name', repository.origin);
    const marks = await temporaryFolder();
    // Continues until the test ends the wait, and then builds.
    const line = `${notePid(marks)}; while [ ! -e ${marks}/go ]; do sleep 0.1; done; echo built > built.txt`;
    await server.ensure();
    const app = await server.create({ ...spec, services: [{ ...plain, build_command: line }] });
    const building = async () => {
      const text = await eventually(
        () => readFile(join(marks, 'pid'), 'utf8').catch(() => undefined),
        60_000,
      );
      return eventually(() => identify(Number(text)));
    };
    const first = await building();
    const commit = await repository.head();
    await repository.push({ 'server.js': serverSource('pushed meanwhile') });

    await server.killServer();
    expect(await isAlive(first)).toBe(true);
    await rm(join(marks, 'pid'));
    await server.ensure();
    await building();
    expect(await isAlive(first)).toBe(false);
    await writeFile(join(marks, 'go'), '');
    const live = await eventually(async () => {
      const { app: now } = await server.call<{ app: App }>('GET', `/v2/apps/${app.id}`);
      return now.active_deployment;
    }, 60_000);
    expect(live).toMatchObject({
      id: app.pending_deployment?.id,
      services: [{ source_commit_hash: commit }],
    });
  }, 180_000);

  it('ends a build that a killed server left when the platform is stopped', async () => {
    const server = await serverFolder();
    const repository = await TestRepository.create(files);
    await mapRepository(server.directory, 'owner/name', repository.origin);
    const marks = await temporaryFolder();
    await server.ensure();
    await server.create({
      ...spec,
      services: [{ ...plain, build_command: `${notePid(marks)}; sleep 600` }],
    });
    const text = await eventually(() => readFile(join(marks, 'pid'), 'utf8').catch(() => undefined), 60_000);
    const build = await identify(Number(text));
    await server.killServer();
    expect((await server.run('stop')).stdout).toContain('stopped');
    expect(build && (await isAlive(build))).toBe(false);
  }, 120_000);
}
