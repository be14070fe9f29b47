import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join, matchesGlob } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsBelow } from './docs/pages.js';
import { packagesRefusing } from './support/lock-file.js';
import { packagesHere } from './support/packages.js';
import { processesIn } from './support/processes.js';
import { type PackageRegistry, startPackageRegistry } from './support/registry.js';
import { RegistryWorkspace } from './support/registry-workspace.js';

// What users get: the published packages, installed from the registry into another workspace.
const tools = join(import.meta.dirname, '../..');
const packages = (await packagesHere()).published.map(({ folder }) => basename(folder));
const npmRegistry = await execa('npm', ['view', 'nx', 'version'], { cwd: tools, reject: false });

interface Manifest {
  version: string;
  exports: Record<string, string | Record<string, string>>;
  bin?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies: Record<string, string>;
}

/** About 150 packages, which may have to be downloaded, and ten runs of Nx. */
const installMs = 5 * 60_000;

let registry: PackageRegistry;
let workspace: RegistryWorkspace;
/** The files in each tarball. */
const packed = new Map<string, string[]>();

beforeAll(async () => {
  registry = await startPackageRegistry('@odoobo');
  workspace = await RegistryWorkspace.create(registry);
  for (const name of packages) {
    const published = await workspace.run('npm', ['publish', join(tools, name), '--json']);
    // npm 11 nests its output under the name of the package, npm 10 does not.
    packed.set(
      name,
      [...published.matchAll(/"path": "(.+?)"/g)].map(([, path = '']) => path),
    );
  }
});
afterAll(async () => {
  await workspace.close();
  await registry.close();
});

async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(tools, folder, 'package.json'), 'utf8')) as Manifest;
}

describe.each(packages)('the package %s', (name) => {
  const forUsHere =
    /\.test\.|test-support|^dist\/(schema|reference)\/|\.tsbuildinfo$|tsconfig\.json$|vitest\.config|^bundle\.js$/;

  it('holds every file that it names, and nothing that is only of use in this repository', async () => {
    const files = packed.get(name) ?? [];
    const { exports, bin = {} } = await manifestOf(name);
    const exported = Object.values(exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    );
    const named = [...exported, ...Object.values(bin)].map((file) => file.replace('./', ''));
    const all = [...named, 'README.md', 'LICENSE', 'package.json'];
    // Such as dist/*.js, whose star is any path: https://nodejs.org/api/packages.html#subpath-patterns
    const isHeld = (pattern: string) => files.some((file) => matchesGlob(file, pattern.replace('*', '**/*')));
    expect(all.filter((file) => !isHeld(file))).toEqual([]);
    expect(files.filter((file) => forUsHere.test(file) && !file.endsWith('.template'))).toEqual([]);
  });

  it('holds the source of each source map in it', () => {
    const files = packed.get(name) ?? [];
    const mapped = files.flatMap((file) => /^dist\/(.*?)(\.d\.ts|\.js)\.map$/.exec(file)?.[1] ?? []);
    expect(mapped.filter((module) => !files.includes(`src/${module}.ts`))).toEqual([]);
  });

  it('holds nothing that an earlier version was compiled to', () => {
    const modules = (packed.get(name) ?? []).flatMap((file) => /^dist\/(.*)\.d\.ts$/.exec(file)?.[1] ?? []);
    const sources = modules.flatMap((module) => [`src/${module}.ts`, `src/${module}.tsx`]);
    expect(sources.filter((source) => existsSync(join(tools, name, source)))).toHaveLength(modules.length);
  });

  it.skipIf(npmRegistry.failed)(
    'satisfies publint and attw (needs an npm registry)',
    async () => {
      const packing = ['pack', join(tools, name), '--silent', '--ignore-scripts'];
      const tarball = (await workspace.run('npm', packing)).trim();
      await workspace.run('npx', ['-y', 'publint@0.3.25', tarball, '--strict']);
      // A CommonJS module gets these ES modules with import().
      await workspace.run('npx', ['-y', '@arethetypeswrong/cli@0.18.5', tarball, '--profile', 'esm-only']);
      await workspace.run('rm', [tarball]);
    },
    installMs,
  );

  it('goes with exactly its own version of the others', async () => {
    const { version } = await manifestOf('nx-skills');
    const manifest = await manifestOf(name);
    expect(manifest.version).toBe(version);
    const others = Object.entries(manifest.dependencies ?? {}).filter(([other]) =>
      other.startsWith('@odoobo/'),
    );
    for (const [, range] of others) expect(range).toBe(version);
  });
});

/** A service that is healthy, and answers every call with `{}`. */
const answersNothing =
  'import("node:http").then((http) => http.createServer((_, answer) => answer.end("{}")).listen(process.env.PORT));';

it.skipIf(npmRegistry.failed)(
  'installed into a new workspace they make a skill, ship it, ship a change, roll back by hand and after a failure, and leave nothing when they are uninstalled (needs an npm registry)',
  async () => {
    const { nx = '' } = (await manifestOf('..')).devDependencies;
    await workspace.write('package.json', JSON.stringify({ private: true, devDependencies: { nx } }));
    await workspace.write('nx.json', JSON.stringify({ cacheDirectory: '.nx/cache', analytics: false }));
    // As Nx itself writes it.
    await workspace.write('.gitignore', 'node_modules\n.nx/cache\n.nx/workspace-data\n');
    await workspace.write(
      'skills/idle/skill.json',
      JSON.stringify({ id: 'idle', description: 'Never changed.' }),
    );
    await workspace.run('npm', ['install']);
    await workspace.run('git', ['init', '-q', '-b', 'main']);

    await workspace.npx('nx add @odoobo/nx-skills');
    expect(JSON.parse(await workspace.read('nx.json'))).toMatchObject({ plugins: ['@odoobo/nx-skills'] });
    const devkit = JSON.parse(await workspace.read('node_modules/@nx/devkit/package.json')) as Manifest;
    expect(devkit.version).toBe(nx);
    expect(await packagesRefusing('20.19.0', join(workspace.root, 'package-lock.json'))).toEqual([]);
    await workspace.commit('first');

    await workspace.npx('nx g @odoobo/nx-skills:skill hello');
    await workspace.commit('hello');
    expect(await workspace.npx('nx validate hello')).toContain('hello is valid');
    // The generated skill is type-checked against the installed packages, and its test runs.
    await workspace.npx('tsc -p skills/hello --noEmit');
    expect(await workspace.npx('vitest run --root skills/hello')).toContain('1 passed');

    const isolated = { NX_ISOLATE_PLUGINS: 'true' };
    expect(await workspace.npx('nx affected -t deploy --base HEAD~1', isolated)).toContain('1 created');
    expect(await countWords('one two three')).toBe(3);

    const source = await workspace.read('skills/hello/src/skill.ts');
    await workspace.write('skills/hello/src/skill.ts', source.replace('words: text', 'words: 100 + text'));
    await workspace.commit('change');
    expect(await workspace.npx('nx affected -t deploy --base HEAD~1')).toContain('1 updated');
    expect(await countWords('one two three')).toBe(103);

    expect(await workspace.npx('nx rollback hello')).toContain('1 rolled back');
    expect(await countWords('one two three')).toBe(3);

    // A version that fails changes nothing; one that is healthy but gives wrong answers is rolled back.
    await workspace.write('skills/hello/src/main.ts', 'throw new Error("broken on purpose");');
    await expect(workspace.npx('nx deploy hello')).rejects.toThrow('Error: broken on purpose');
    expect(await countWords('one two three')).toBe(3);
    await workspace.write('skills/hello/src/main.ts', answersNothing);
    await expect(workspace.npx('nx deploy hello --smokeTest')).rejects.toThrow(
      /SmokeTestFailed[^]*Rolled back/,
    );
    expect(await countWords('one two three')).toBe(3);
    await workspace.run('git', ['restore', 'skills/hello']);

    // The steps of docs/uninstall.md leave nothing of it behind.
    await workspace.npx('nx worktree hello');
    expect(await workspace.run('git', ['for-each-ref', 'refs/deployed'])).not.toBe('');
    await workspace.run('sh', ['-eu', '-c', commandsBelow('docs/uninstall.md', '## From your machine')]);
    expect(await processesIn(workspace.root)).toEqual([]);
    const left = await workspace.run('git', ['status', '--porcelain', '--ignored']);
    expect(left.split('\n').filter((line) => !line.endsWith('node_modules/'))).toEqual([]);
    expect(await workspace.run('git', ['for-each-ref', '--format=%(refname)'])).toBe('refs/heads/main');
    expect(existsSync(`${workspace.root}-worktrees/hello`)).toBe(false);
    expect(await workFoldersOf(basename(workspace.root))).toEqual([]);
  },
  installMs,
);

/** The folders in which the local platform of a workspace runs services. */
async function workFoldersOf(name: string): Promise<string[]> {
  const folder = join(String(process.env['XDG_STATE_HOME']), 'local-platform');
  return (await readdir(folder).catch(() => [])).filter((one) => one.startsWith(name));
}

/** The answer of the skill `hello` at its live URL. */
async function countWords(text: string): Promise<number> {
  const status = JSON.parse(await workspace.read('WORKTREE_STATUS.json')) as {
    skills: { hello: { url: string } };
  };
  const reply = await fetch(`${status.skills.hello.url}/invoke`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input: { text } }),
  });
  return ((await reply.json()) as { output: { words: number } }).output.words;
}
