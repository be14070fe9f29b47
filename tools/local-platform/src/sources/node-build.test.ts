import { execFile } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isThere, service, TestRepository, TestSources } from './repository.test.helper.js';

const run = promisify(execFile);

const hasRegistry = await isThere('npm', 'view', 'ms@2.1.3', 'version');

const json = (value: unknown) => JSON.stringify(value, null, 2);

/** A package of the repository that another one depends on, so that an install needs no network. */
const localPackages = {
  'package.json': json({
    name: 'app',
    version: '1.0.0',
    workspaces: ['packages/*'],
    dependencies: { greeting: '1.0.0' },
    scripts: { build: 'node build.mjs', start: 'node main.mjs' },
  }),
  'packages/greeting/package.json': json({ name: 'greeting', version: '1.0.0', main: 'index.js' }),
  'packages/greeting/index.js': 'module.exports = "hello"',
  'build.mjs': `
    import { writeFileSync } from 'node:fs';
    import greeting from 'greeting';
    console.log('building with ' + process.env.COLOUR);
    writeFileSync('built.txt', greeting);
  `,
  'main.mjs': `
    import { readFileSync } from 'node:fs';
    import greeting from 'greeting';
    console.log(readFileSync('built.txt', 'utf8') + ' ' + greeting);
  `,
};

/** Adds package-lock.json as npm writes it. */
async function withLock(files: Record<string, string>): Promise<TestRepository> {
  const repository = await TestRepository.create({ ...files, '.gitignore': 'node_modules/\n' });
  await run('npm', ['install', '--package-lock-only', '--ignore-scripts'], { cwd: repository.clone });
  await repository.push({});
  return repository;
}

/** What the unpacked build prints when it is started as its image says. */
async function outputOf(tested: TestSources, build: { key: string; reused: boolean }): Promise<string> {
  const { folder, cmd, env, workingDir } = await tested.unpack(build);
  const [program = '', ...args] = cmd;
  const { stdout } = await run(program, args, {
    cwd: join(folder, workingDir),
    env: { PATH: process.env['PATH'], ...env },
  });
  return stdout;
}

it('installs, builds and starts as the buildpack does, with dependencies from the cache while the lock file stays', async () => {
  const repository = await withLock(localPackages);
  const tested = await TestSources.of(repository);
  const first = await tested.build(service(), { env: { COLOUR: 'blue' } });
  const printed = await tested.printed();
  expect(printed).toContain('$ npm ci');
  expect(printed).toMatch(/dependencies installed by npm \(\d+\.\d+\.\d+\) in/);
  expect(printed).toContain('$ npm run build');
  expect(printed).toContain('building with blue');
  expect(await outputOf(tested, first)).toContain('hello hello');

  // The package of the repository itself is that of the new commit, not the one that was there at the install.
  await repository.push({ 'packages/greeting/index.js': 'module.exports = "bonjour"' });
  const component = service({ build_command: 'node build.mjs && node main.mjs' });
  await tested.build(component, { env: { COLOUR: 'blue' } });
  const again = await tested.printed();
  expect(again).toContain('dependencies from the cache');
  expect(again).not.toContain('$ npm');
  expect(again).toContain('bonjour bonjour');

  const lock = await readFile(join(repository.clone, 'package-lock.json'), 'utf8');
  await repository.push({ 'package-lock.json': `${lock}\n` });
  await tested.build(component, { env: { COLOUR: 'blue' } });
  expect(await tested.printed()).toContain('$ npm ci');
}, 60_000);

if (process.env['NIGHTLY']) {
  it('reinstalls if a package of the repository has an install script, which may read any file', async () => {
    const scripts = { prepare: 'node -e "console.log(\'prepared\')"' };
    const repository = await withLock({ 'package.json': json({ name: 'app', scripts }) });
    const tested = await TestSources.of(repository);
    await tested.build(service({ run_command: 'true' }));
    const printed = await tested.printed();
    expect(printed).toContain('reinstalling dependencies: package.json has the script "prepare"');
    expect(printed).toContain('prepared');

    await repository.push({ 'a.txt': 'a' });
    await tested.build(service({ build_command: 'npm ci --dry-run && true', run_command: 'true' }));
    // The install is left to a build_command that begins with one.
    expect((await tested.printed()).match(/^(\[platform\] )?\$ .*$/gm)).toEqual([
      '[platform] $ npm ci --dry-run && true',
    ]);
  }, 60_000);

  it.skipIf(!hasRegistry)(
    'installs a package from the registry that the person has configured (needs an npm registry)',
    async () => {
      const repository = await withLock({
        'package.json': json({
          name: 'app',
          dependencies: { ms: '2.1.3' },
          scripts: { start: 'node main.cjs' },
        }),
        'main.cjs': 'console.log(require("ms")("2 days"))',
      });
      const tested = await TestSources.of(repository);
      await tested.build(service());
      await repository.push({ 'other.txt': 'changed' });
      await tested.printed();
      expect(await outputOf(tested, await tested.build(service()))).toContain('172800000');
      expect(await tested.printed()).toContain('dependencies from the cache');
    },
    60_000,
  );
}

describe('without dependencies', () => {
  const plain = (files: Record<string, string>) => TestRepository.create(files);
  const command = (line: string) =>
    service({ environment_slug: 'html', build_command: line, run_command: 'true' });

  it('gives a build its own variables, a home, and where packages come from; nothing else of the server', async () => {
    const tested = await TestSources.of(await plain({ 'a.txt': 'a' }));
    const given = { DIGITALOCEAN_ACCESS_TOKEN: 'dop_v1_1', PIP_INDEX_URL: 'https://packages.test/simple' };
    Object.assign(process.env, given);
    try {
      await tested.build(command('env'), { env: { COLOUR: 'blue' } });
    } finally {
      for (const name of Object.keys(given)) delete process.env[name];
    }
    const printed = await tested.printed();
    expect(printed).toContain('COLOUR=blue\n');
    expect(printed).toContain('CI=true\n');
    expect(printed).toContain(`HOME=${join(tested.layout.buildCache, 'home')}\n`);
    expect(printed).toContain('PIP_INDEX_URL=https://packages.test/simple\n');
    expect(printed).not.toMatch(/dop_v1|VITEST/);
  });

  it('builds the source_dir, from all files of the commit and none of git', async () => {
    const repository = await plain({ 'shared.txt': 'shared', 'web/a.txt': 'a' });
    const tested = await TestSources.of(repository);
    const build = await tested.build({
      ...command('cat ../shared.txt > out.txt; ls -a ..'),
      source_dir: '/web/',
    });
    const { folder, workingDir } = await tested.unpack(build);
    expect(workingDir).toBe('/web');
    expect(await readFile(join(folder, 'web/out.txt'), 'utf8')).toBe('shared');
    expect(await readdir(folder)).toEqual(['shared.txt', 'web']);
  });

  it('refuses a source_dir that is not there or that a link leads out of the repository', async () => {
    const repository = await plain({ 'a.txt': 'a' });
    await run('ln', ['-s', '/etc', join(repository.clone, 'link')]);
    await repository.push({});
    const tested = await TestSources.of(repository);
    for (const source of ['gone', 'link', 'a.txt']) {
      await expect(tested.build({ ...command('true'), source_dir: source })).rejects.toMatchObject({
        code: 'BuildJobFailed',
        message: `"web" was not built: source_dir "${source}" is not a folder of the repository.`,
      });
    }
  });

  it('says which command failed and how, and leaves nothing of the build', async () => {
    const tested = await TestSources.of(await plain({ 'a.txt': 'a' }));
    await expect(tested.build(command('echo before; exit 7'))).rejects.toMatchObject({
      code: 'BuildJobExitNonZero',
      message: expect.stringMatching(/^"web" was not built: "echo before; exit 7" exited with code 7\./),
    });
    expect(await tested.printed()).toContain('before');
    expect(await readdir(tested.layout.builds)).toEqual([]);
  });

  it.each([
    ['16.x', /asks for Node 16\.x, .* FROM node:16 builds it with its own\.$/],
    ['>=16', /See the build log for its output\.$/],
  ])('says of a build for Node %s that fails whether its Node may be why', async (node, reason) => {
    const manifest = { engines: { node }, scripts: { build: 'exit 1' } };
    const tested = await TestSources.of(await plain({ 'package.json': json(manifest) }));
    await expect(tested.build(service({ run_command: 'true' }))).rejects.toThrow(reason);
  });

  it('reports what is missing: a start command, a kind of project, a tool', async () => {
    const repository = await plain({ 'package.json': '{ not json' });
    const tested = await TestSources.of(repository);
    const html = service({ environment_slug: 'html' });
    await expect(tested.build(html)).rejects.toThrow(/"web" has no start command/);
    await repository.push({ Procfile: 'web: node server.js\n' });
    const { cmd } = await tested.unpack(await tested.build(html));
    expect(cmd).toEqual(['/bin/sh', '-c', 'node server.js']);
    await expect(tested.build(service())).rejects.toThrow(/package\.json is not one in its source_dir/);
    await repository.remove('package.json');
    await repository.push({});
    await expect(tested.build(service())).rejects.toThrow(
      /none of package\.json, .*go\.mod and the files of Python/,
    );
  });

  it('needs the tool of the lock file', async () => {
    const tested = await TestSources.of(await plain({ 'package.json': '{}', 'yarn.lock': '' }));
    // Where there is a yarn, it cannot start.
    const env = { NODE_OPTIONS: '--require=./none.cjs' };
    await expect(tested.build(service(), { env })).rejects.toMatchObject({
      code: 'BuildJobFailed',
      message: expect.stringMatching(/it needs yarn\. Install it on this machine, then deploy again\./),
    });
  });
});

describe('a static site', () => {
  const site = { name: 'site', github: { repo: 'owner/name', branch: 'main' } };

  it('is the output_dir, or the first of the usual folders, or the repository itself', async () => {
    const repository = await TestRepository.create({ 'index.html': 'plain' });
    const tested = await TestSources.of(repository);
    const served = async (fields: object = {}) => {
      const build = await tested.build({ ...site, ...fields }, { kind: 'static site' });
      const { folder } = await tested.unpack(build);
      return readFile(join(folder, 'index.html'), 'utf8');
    };
    expect(await served()).toBe('plain');
    await repository.push({
      'public/index.html': 'public',
      'build/index.html': 'build',
      'out/index.html': 'out',
    });
    expect(await served()).toBe('public');
    expect(await served({ output_dir: '/out/', environment_slug: 'jekyll' })).toBe('out');
    expect(await tested.printed()).toContain(
      'environment_slug "jekyll" names no builder of the local platform: by its files it is html',
    );
    expect(await served({ build_command: 'mkdir dist && echo built > dist/index.html' })).toBe('built\n');
    await expect(served({ output_dir: 'gone' })).rejects.toThrow(/output_dir "gone" is not a folder/);
  });
});

it('unpacks copies: the next deployment does not see changes to the files of this one', async () => {
  const tested = await TestSources.of(await TestRepository.create({ 'a.txt': 'a' }));
  const build = await tested.build(service({ environment_slug: 'html', run_command: 'true' }));
  const one = await tested.unpack(build);
  await writeFile(join(one.folder, 'a.txt'), 'changed');
  const other = await tested.unpack(build);
  expect(await readFile(join(other.folder, 'a.txt'), 'utf8')).toBe('a');
  expect((await stat(join(other.folder, 'a.txt'))).nlink).toBe(1);
  expect(other.env).toMatchObject({ HOME: other.folder });
});
