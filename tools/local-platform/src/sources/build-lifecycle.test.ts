import { identify, isAlive } from '@odoobo/machine/process';
import { readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Containers } from '../containers/containers.js';
import { imageStoreOf } from '../images/image-store.js';
import { markOf } from '../process/platform-processes.js';
import { layoutOf } from '../state/layout.js';
import { writeImage } from '../testing/image.test.helper.js';
import { afterwards, eventually, temporaryFolder } from '../testing/platform.test.helper.js';
import { Commands } from './commands.js';
import { GitSources } from './git-sources.js';
import { service, TestRepository, TestSources } from './repository.test.helper.js';

const command = (line: string, name = 'web') =>
  service({ name, environment_slug: 'html', build_command: line, run_command: 'true' });

/** Writes its pid and its child's, and waits for longer than any test. */
const endless = 'sleep 600 & echo $$ $! > pids.tmp && mv pids.tmp "$PIDS"; wait';

/** A file that `endless` writes, and the processes that it names. */
async function pidsFile() {
  const file = join(await temporaryFolder(), 'pids');
  const processes = async () => {
    const text = await eventually(() => readFile(file, 'utf8').catch(() => undefined));
    return Promise.all(text.trim().split(' ').map(Number).map(identify));
  };
  return { file, processes };
}

async function stillThere(processes: Awaited<ReturnType<typeof identify>>[]): Promise<boolean> {
  const alive = await Promise.all(processes.map((one) => one !== undefined && isAlive(one)));
  return alive.includes(true);
}

describe('a build', () => {
  it('is made once for the same commit, commands and variables, even for concurrent requests', async () => {
    const repository = await TestRepository.create({ 'a.txt': 'a' });
    const tested = await TestSources.of(repository);
    const builds = await Promise.all(
      ['web', 'api', 'web'].map((name) => tested.build(command('echo making', name))),
    );
    expect(new Set(builds.map(({ key }) => key)).size).toBe(1);
    expect(builds.filter(({ reused }) => !reused)).toHaveLength(1);
    expect((await tested.printed()).match(/^making$/gm)).toHaveLength(1);
    const other = await tested.build(command('echo making'), { env: { COLOUR: 'blue' } });
    expect(other.reused).toBe(false);
    await repository.push({ 'a.txt': 'b' });
    expect((await tested.build(command('echo making'))).reused).toBe(false);
  });

  it('is reused by the server that comes next, but not when it is forced; the forced one is then the newest', async () => {
    const tested = await TestSources.of(await TestRepository.create({ 'a.txt': 'a' }));
    const line = command('echo $$ > made.txt');
    const first = await tested.build(line);
    const next = new TestSources(tested.folder);
    expect(await next.build(line)).toEqual({ key: first.key, reused: true });
    const forced = await next.build(line, { force: true });
    expect(forced.reused).toBe(false);
    expect(forced.key).not.toBe(first.key);
    expect(await next.build(line)).toEqual({ key: forced.key, reused: true });
    const made = async (build: typeof first) => {
      const { folder } = await next.unpack(build);
      return readFile(join(folder, 'made.txt'), 'utf8');
    };
    expect(await made(first)).not.toBe(await made(forced));
  });

  it('ends at once, with all that it started, when it is aborted', async () => {
    const tested = await TestSources.of(await TestRepository.create({ 'a.txt': 'a' }));
    const { file, processes } = await pidsFile();
    const cancelled = new AbortController();
    const build = tested.build(command(endless), { env: { PIDS: file }, signal: cancelled.signal });
    build.catch(() => undefined);
    const running = await processes();
    expect(await stillThere(running)).toBe(true);
    cancelled.abort(new Error('cancelled by a person'));
    await expect(build).rejects.toThrow('cancelled by a person');
    expect(await stillThere(running)).toBe(false);
    expect(await readdir(tested.layout.builds)).toEqual([]);
  });

  it('ends, with all that it started, when it takes too long', async () => {
    const repository = await TestRepository.create({ 'a.txt': 'a' });
    const { folder } = await TestSources.of(repository);
    const layout = layoutOf(folder);
    const tested = new TestSources(folder, new GitSources(layout, new Containers(layout), 4000));
    const { file, processes } = await pidsFile();
    const build = tested.build(command(endless), { env: { PIDS: file } });
    build.catch(() => undefined);
    const running = await processes();
    await expect(build).rejects.toMatchObject({
      code: 'BuildJobTimeout',
      message: '"web" was not built: not done within 4 s.',
    });
    expect(await stillThere(running)).toBe(false);
  });

  it('leaves nothing running in the background', async () => {
    const tested = await TestSources.of(await TestRepository.create({ 'a.txt': 'a' }));
    const { file, processes } = await pidsFile();
    await tested.build(command('sleep 600 & echo $$ $! > "$PIDS"'), { env: { PIDS: file } });
    expect(await stillThere(await processes())).toBe(false);
  });

  it('that a killed server left is ended by the next one, and what it had made is deleted', async () => {
    const tested = await TestSources.of(await TestRepository.create({ 'a.txt': 'a' }));
    const { file, processes } = await pidsFile();
    const build = tested.build(command(endless), { env: { PIDS: file } });
    build.catch(() => undefined);
    const running = await processes();
    // The first server knows nothing of this, as if it were gone.
    await new TestSources(tested.folder).sources.clean();
    expect(await stillThere(running)).toBe(false);
    await expect(build).rejects.toThrow();
    expect(await readdir(tested.layout.builds)).toEqual([]);
    expect(await readdir(join(tested.layout.buildCache, 'running'))).toEqual([]);
  });

  it('is deleted when nobody needs it and nobody asked for it within the hour', async () => {
    const repository = await TestRepository.create({ 'a.txt': 'a' });
    const tested = await TestSources.of(repository);
    const [needed, old, fresh] = [
      await tested.build(command('echo 1')),
      await tested.build(command('echo 2')),
      await tested.build(command('echo 3')),
    ];
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    for (const { key } of [needed, old]) {
      await utimes(join(tested.layout.builds, key.replace('build:', ''), 'build.json'), longAgo, longAgo);
    }
    await tested.sources.prune(new Set([needed.key]));
    await tested.unpack(needed);
    await tested.unpack(fresh);
    await expect(tested.unpack(old)).rejects.toThrow(/The build build:\w+ no longer exists\. Deploy again/);
  });
});

async function mirrorOf({ layout }: TestSources): Promise<string> {
  const mirrors = join(layout.buildCache, 'mirrors');
  const [name = ''] = await readdir(mirrors);
  return join(mirrors, name);
}

const monthAgo = () => new Date(Date.now() - 31 * 24 * 3_600_000);

describe('the mirror of a repository', () => {
  it('serves commits that the branch has left, and says so when a commit is nowhere', async () => {
    const repository = await TestRepository.create({ 'a.txt': 'a' });
    const tested = await TestSources.of(repository);
    const commit = await repository.push({ 'a.txt': 'old' });
    await tested.build(command('true'));
    await repository.git('reset', '--quiet', '--hard', 'HEAD~1');
    await repository.push({ 'a.txt': 'new' });
    await tested.build(command('true'));
    const build = await tested.build(command('cat a.txt'), { version: { commit } });
    expect(build.reused).toBe(false);
    expect(await tested.printed()).toContain('old');
    await expect(
      tested.build(command('true'), { version: { commit: '0'.repeat(40) } }),
    ).rejects.toMatchObject({
      code: 'BuildJobFailed',
      message: expect.stringMatching(/github\/owner\/name .*Commit 0{40} is no longer in the repository/),
    });
  });

  it('is recreated when it is broken, whatever is broken', async () => {
    const repository = await TestRepository.create({ 'a.txt': 'a' });
    const tested = await TestSources.of(repository);
    await tested.build(command('true'));
    const mirror = await mirrorOf(tested);
    const breakages = [
      () => rm(join(mirror, 'objects'), { recursive: true }),
      () => writeFile(join(mirror, 'HEAD'), 'garbage'),
      () => writeFile(join(mirror, 'refs/heads/main.lock'), ''),
      () => writeFile(join(mirror, 'config'), '[core'),
    ];
    for (const [index, breakIt] of breakages.entries()) {
      await breakIt();
      await repository.push({ 'a.txt': `text ${index}` });
      await tested.build(command('cat a.txt'));
      expect(await tested.printed()).toContain(`text ${index}`);
    }
  });

  it('is recreated after a month, and kept if the host does not respond then', async () => {
    const repository = await TestRepository.create({ 'a.txt': 'a' });
    const tested = await TestSources.of(repository);
    await tested.build(command('true'));
    const mirror = await mirrorOf(tested);
    const gathered = join(mirror, 'objects', 'gathered');
    await writeFile(gathered, 'by many fetches');
    await utimes(join(mirror, 'config'), monthAgo(), monthAgo());
    const away = `${repository.origin}.away`;
    await rename(repository.origin, away);
    const commit = await repository.head();
    await tested.build(command('echo offline'), { version: { commit } });
    expect(await tested.printed()).toContain('offline');
    expect(await readFile(gathered, 'utf8')).toBe('by many fetches');

    await rename(away, repository.origin);
    await tested.build(command('echo online'));
    await expect(readFile(gathered, 'utf8')).rejects.toThrow(/ENOENT/);
  });

  it('is deleted when nothing was built from it for a month', async () => {
    const repository = await TestRepository.create({ 'a.txt': 'a' });
    const tested = await TestSources.of(repository);
    await tested.build(command('true'));
    const mirror = await mirrorOf(tested);
    await tested.sources.prune(new Set());
    await utimes(join(mirror, 'config'), monthAgo(), monthAgo());
    await tested.sources.prune(new Set());
    expect(await readdir(mirror)).toContain('HEAD');
    await utimes(join(mirror, 'HEAD'), monthAgo(), monthAgo());
    await tested.sources.prune(new Set());
    await expect(readdir(mirror)).rejects.toThrow(/ENOENT/);
  });

  it('stays when the host does not answer', async () => {
    const repository = await TestRepository.create({ 'a.txt': 'a' });
    const tested = await TestSources.of(repository);
    await tested.build(command('true'));
    const commit = await repository.head();
    await rm(repository.origin, { recursive: true });
    await expect(tested.build(command('true'), { version: { commit: '1'.repeat(40) } })).rejects.toThrow(
      /does not appear to be a git repository/,
    );
    await tested.build(command('echo from the mirror'), { version: { commit } });
  });
});

describe('an image', () => {
  it('is found by its digest and unpacked, without a build', async () => {
    const folder = await temporaryFolder();
    const tested = new TestSources(folder);
    const layout = await writeImage('console.log(1)');
    afterwards(() => rm(layout, { recursive: true }));
    const digest = await imageStoreOf(folder).import(layout);
    const component = { name: 'web', image: { registry_type: 'DOCR' as const, repository: 'web', digest } };
    expect(await tested.sources.gaps(component)).toEqual([]);
    const build = await tested.build(component);
    expect(build).toEqual({ key: `image:${digest}`, reused: false });
    expect(await tested.unpack(build)).toMatchObject({
      entrypoint: ['node', 'main.mjs'],
      workingDir: '/app',
      path: [],
    });
  });

  it('fails the build if it is missing', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const image = { registry_type: 'DOCR' as const, repository: 'web', digest };
    await expect(
      new TestSources(await temporaryFolder()).build({ name: 'web', image }),
    ).rejects.toMatchObject({
      code: 'BuildJobFailed',
      message: expect.stringMatching(/Image web@sha256:0+ is not in the local store .*Import its OCI layout/),
    });
  });
});

it('records a command while it runs', async () => {
  const folder = await temporaryFolder();
  const commands = new Commands(join(folder, 'running'), (name) => markOf(layoutOf(folder), 'command', name));
  const exit = await commands.run(
    {
      command: ['/bin/sh', '-c', `ls '${folder}/running'; exit 3`],
      cwd: folder,
      env: {},
      output: join(folder, 'out'),
    },
    AbortSignal.timeout(30_000),
  );
  expect(exit).toEqual({ code: 3, signal: null });
  expect(await readdir(join(folder, 'running'))).toEqual([]);
});

it('ends a command that is aborted while it is being started', async () => {
  const folder = await temporaryFolder();
  const commands = new Commands(join(folder, 'running'), (name) => markOf(layoutOf(folder), 'command', name));
  const cancelled = new AbortController();
  const options = { command: ['/bin/sleep', '600'], cwd: folder, env: {}, output: join(folder, 'out') };
  const run = commands.run(options, cancelled.signal);
  cancelled.abort(new Error('cancelled by a person'));
  await expect(run).rejects.toThrow('cancelled by a person');
  expect(await readdir(join(folder, 'running'))).toEqual([]);
});
