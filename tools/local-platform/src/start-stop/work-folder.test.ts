import { cp, lstat, mkdir, readdir, realpath, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { mapRepository } from '../sources/repositories.js';
import { TestRepository } from '../sources/repository.test.helper.js';
import { layoutOf } from '../state/layout.js';
import { serverFolder } from '../testing/cli.test.helper.js';
import { escapes, howManyRun, notedProcesses, serviceThatStarts } from '../testing/daemons.test.helper.js';
import { impatient, specOf, temporaryFolder, testPlatform } from '../testing/platform.test.helper.js';
import { deleteAbandonedWorkFolders, openWorkFolder } from './work-folder.js';

let home: string;
/** The folder for state of the user. */
let state: string;
let workspace: string;
/** That of a platform in a workspace with an installed package, `greeting`. */
let directory: string;

beforeEach(async () => {
  home = await realpath(await temporaryFolder());
  state = join(home, '.local/state');
  vi.stubEnv('XDG_STATE_HOME', state);
  onTestFinished(() => void vi.unstubAllEnvs());
  workspace = join(home, 'shop');
  directory = join(workspace, '.local-platform');
  const greeting = join(workspace, 'node_modules/greeting');
  for (const folder of [greeting, directory]) await mkdir(folder, { recursive: true });
  await writeFile(join(workspace, 'package.json'), '{"type":"commonjs"}');
  await writeFile(join(greeting, 'package.json'), '{"name":"greeting","main":"main.js"}');
  await writeFile(join(greeting, 'main.js'), 'module.exports = "hello";');
});

/** The work folders in the user's folder. */
function workFolders(): Promise<string[]> {
  return readdir(join(state, 'local-platform'));
}

/** Answers with the code of the error that each way to find a package ends with. */
const searching = `
  import { createRequire } from 'node:module';
  import { createServer } from 'node:http';
  import { writeFileSync } from 'node:fs';
  const codeOf = async (find) => { try { await find(); return 'found'; } catch (error) { return error.code; } };
  const name = 'greeting';
  // Node looks above for a package.json that says what this is; where there is none, it reads the code.
  writeFileSync('module.js', 'export default import.meta.url');
  const answer = JSON.stringify([
    await codeOf(() => import(name)),
    await codeOf(() => createRequire(import.meta.url)(name)),
    await codeOf(() => import('./module.js')),
  ]);
  createServer((_, response) => response.end(answer)).listen(process.env.PORT, process.env.HOST);
`;

describe('a service on a platform inside a workspace', () => {
  it('finds no package of the workspace, and not its package.json, just as alone', async () => {
    const platform = await testPlatform({ directory });
    const app = await platform.deploy(specOf('shop', await platform.image(searching)));
    const answer: unknown = await (await fetch(app.live_url ?? '')).json();
    expect(answer).toEqual(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'found']);
  });

  it('that is built from git finds none during its build, and none when it runs', async () => {
    const repository = await TestRepository.create({ 'server.mjs': searching });
    await mapRepository(directory, 'owner/name', repository.origin);
    const platform = await testPlatform({ directory });
    const service = {
      name: 'web',
      github: { repo: 'owner/name', branch: 'main' },
      environment_slug: 'html',
      build_command: `node -e 'try { require("greeting"); process.exit(1); } catch {}'`,
      run_command: 'node server.mjs',
      health_check: { ...impatient, failure_threshold: 50 },
      termination: { drain_seconds: 1, grace_period_seconds: 1 },
    };
    const app = await platform.deploy({ name: 'shop', services: [service] });
    const answer: unknown = await (await fetch(app.live_url ?? '')).json();
    expect(answer).toEqual(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'found']);
  });

  it('ends at a stop with all that it started, also if the folder of the platform was deleted', async () => {
    const server = await serverFolder(directory);
    await server.start();
    const file = join(home, 'pids');
    const escape = process.platform === 'linux' ? 'a daemon without an environment' : 'a daemon';
    const source = serviceThatStarts([escapes[escape](file)]);
    const { id } = await server.create(specOf('shop', await server.image(source)));
    await server.settled(id);
    const daemons = await notedProcesses(file, 1);
    await server.killServer();
    await rm(directory, { recursive: true });
    expect((await server.run('stop')).stdout).toContain('are stopped');
    expect(await howManyRun(daemons)).toBe(0);
  });
});

it('uses the folder of the platform itself where no package is around it', async () => {
  await rm(workspace, { recursive: true });
  await testPlatform({ directory });
  await expect(workFolders()).rejects.toThrow('ENOENT');
});

it('is only for this user, and a reset deletes it', async () => {
  const server = await serverFolder(directory);
  await server.start();
  const folder = join(state, 'local-platform', (await workFolders())[0] ?? '');
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await server.run('reset')).stdout).toContain(folder);
  await server.run('reset', '--yes');
  await expect(workFolders()).rejects.toThrow('ENOENT');
});

describe('what was built', () => {
  const build = () => join(directory, 'builds/one/files');

  it('is moved when a platform of an earlier version starts again', async () => {
    await mkdir(build(), { recursive: true });
    await openWorkFolder(layoutOf(directory));
    expect((await lstat(join(directory, 'builds'))).isSymbolicLink()).toBe(true);
    expect(await realpath(build())).toContain(state);
  });

  it('stays with a workspace that was moved', async () => {
    await openWorkFolder(layoutOf(directory));
    await mkdir(build(), { recursive: true });
    await rename(workspace, join(home, 'store'));
    directory = join(home, 'store/.local-platform');
    await openWorkFolder(layoutOf(directory));
    expect(await realpath(build())).toContain('store-');
  });

  it('stays with the original of a workspace that was copied', async () => {
    await openWorkFolder(layoutOf(directory));
    await mkdir(build(), { recursive: true });
    const copy = join(home, 'copy');
    await cp(workspace, copy, { recursive: true, verbatimSymlinks: true });
    await openWorkFolder(layoutOf(join(copy, '.local-platform')));
    expect(await readdir(join(copy, '.local-platform/builds'))).toEqual([]);
    expect(await realpath(build())).toContain('shop-');
  });

  it('is deleted when the workspace was deleted over a week ago', async () => {
    await openWorkFolder(layoutOf(directory));
    const [name = ''] = await workFolders();
    await deleteAbandonedWorkFolders();
    expect(await workFolders()).toEqual([name]);
    await rm(workspace, { recursive: true });
    await deleteAbandonedWorkFolders();
    expect(await workFolders()).toEqual([name]);
    const longAgo = Date.now() / 1000 - 8 * 24 * 3600;
    await utimes(join(state, 'local-platform', name, 'platform'), longAgo, longAgo);
    await deleteAbandonedWorkFolders();
    expect(await workFolders()).toEqual([]);
  });
});

it('is somewhere else where packages are above the folder of the user', async () => {
  await mkdir(join(home, 'node_modules'));
  await openWorkFolder(layoutOf(directory));
  const run = await realpath(join(directory, 'run'));
  onTestFinished(() => rm(join(run, '..'), { recursive: true }));
  expect(run).toMatch(/^(\/private)?\/var\/tmp\/local-platform-\d+\/shop-[0-9a-f]{8}\/run$/);
});
