import { cp, mkdir, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Workspace } from './support/workspace.js';

let workspace: Workspace;

const nxJson = {
  cacheDirectory: '.nx/cache',
  analytics: false,
  defaultBase: 'main',
  plugins: ['@odoobo/nx-skills'],
  // As docs/faq.md says.
  pluginsConfig: { '@nx/js': { analyzeSourceFiles: true, projectsAffectedByDependencyUpdates: 'auto' } },
};

/** A lock file of npm with two packages; `greeting` depends on `words`, which has this version. */
function npmLock(version: string): string {
  const entry = (name: string, version: string, dependencies?: object) => ({
    version,
    resolved: `https://registry.invalid/${name}/-/${name}-${version}.tgz`,
    integrity: `sha512-${Buffer.from(name + version).toString('base64')}`,
    dependencies,
  });
  const packages = {
    '': { name: 'workspace', dependencies: { greeting: '^1.0.0', other: '^1.0.0' } },
    'node_modules/greeting': entry('greeting', '1.0.0', { words: '^1.0.0' }),
    'node_modules/other': entry('other', '1.0.0'),
    'node_modules/words': entry('words', version),
  };
  return JSON.stringify({ name: 'workspace', lockfileVersion: 3, packages });
}

/** Of Yarn 1. */
const yarnLock = (version: string) => `# yarn lockfile v1

greeting@^1.0.0:
  version "1.0.0"
  resolved "https://registry.invalid/greeting-1.0.0.tgz#1"
  dependencies:
    words "^1.0.0"

other@^1.0.0:
  version "1.0.0"
  resolved "https://registry.invalid/other-1.0.0.tgz#1"

words@^1.0.0:
  version "${version}"
  resolved "https://registry.invalid/words-${version}.tgz#1"
`;

const pnpmLock = (version: string) => `lockfileVersion: '9.0'

importers:
  .:
    dependencies:
      greeting: { specifier: ^1.0.0, version: 1.0.0 }
      other: { specifier: ^1.0.0, version: 1.0.0 }

packages:
  greeting@1.0.0: { resolution: { integrity: sha512-1 } }
  other@1.0.0: { resolution: { integrity: sha512-2 } }
  words@${version}: { resolution: { integrity: sha512-${version} } }

snapshots:
  greeting@1.0.0: { dependencies: { words: ${version} } }
  other@1.0.0: {}
  words@${version}: {}
`;

/** Of Yarn 2 and later. */
const berryLock = (version: string) => `__metadata:
  version: 8
  cacheKey: 10

"greeting@npm:^1.0.0":
  version: 1.0.0
  resolution: "greeting@npm:1.0.0"
  dependencies:
    words: "npm:^1.0.0"
  checksum: 10/1
  languageName: node
  linkType: hard

"other@npm:^1.0.0":
  version: 1.0.0
  resolution: "other@npm:1.0.0"
  checksum: 10/2
  languageName: node
  linkType: hard

"words@npm:^1.0.0":
  version: ${version}
  resolution: "words@npm:${version}"
  checksum: 10/${version}
  languageName: node
  linkType: hard

"workspace@workspace:.":
  version: 0.0.0-use.local
  resolution: "workspace@workspace:."
  dependencies:
    greeting: "npm:^1.0.0"
    other: "npm:^1.0.0"
  languageName: unknown
  linkType: soft
`;

/** A package of the skill alpha. */
async function writePackage(text: string): Promise<void> {
  const folder = 'skills/alpha/node_modules/greeting';
  await workspace.write(`${folder}/package.json`, '{"name":"greeting","version":"1.0.0","type":"module"}');
  await workspace.write(`${folder}/index.js`, `export const greeting = '${text}';`);
}

/** The skills that Nx built, and did not take from its cache. */
async function built(where = workspace): Promise<string[]> {
  const { output, exitCode } = await where.nx(['run-many', '-t', 'build']);
  if (exitCode !== 0) throw new Error(output);
  const tasks = [...output.matchAll(/nx run (\w+):build(.*)/g)];
  const cached = new Set(tasks.filter(([, , how]) => /cache/.test(how ?? '')).map(([, skill]) => skill));
  return ['alpha', 'beta'].filter((skill) => !cached.has(skill));
}

beforeAll(async () => {
  workspace = await Workspace.create({ alpha: {}, beta: {} });
  await workspace.write('nx.json', JSON.stringify(nxJson));
  await workspace.write('.gitignore', `${await workspace.read('.gitignore')}generated\n`);
  await workspace.write(
    'package.json',
    JSON.stringify({
      name: 'workspace',
      type: 'module',
      dependencies: { greeting: '^1.0.0', other: '^1.0.0' },
    }),
  );
  await workspace.write('package-lock.json', npmLock('1.0.0'));
  const main = await workspace.read('skills/alpha/src/main.js');
  const imports = `import { client } from './generated/client.js';\nimport { greeting } from 'greeting';\n`;
  await workspace.write('skills/alpha/src/main.js', `${imports}console.log(client, greeting);\n${main}`);
  await workspace.write('skills/alpha/src/generated/client.js', "export const client = 'one';");
  await writePackage('hello');
  await workspace.commit('first');
});
afterAll(() => workspace.close());

describe('a build is made again when a file of its artefact changes that Nx does not hash', () => {
  it('a generated file that git ignores, or a package that was edited; only the skills that have it', async () => {
    const first = await workspace.nx(['run-many', '-t', 'build', '--output-style=static']);
    expect(first.output).toContain('! git ignores skills/alpha/src/generated/client.js.');
    expect(await built()).toEqual([]);
    await workspace.write('skills/alpha/src/generated/client.js', "export const client = 'two';");
    expect(await built()).toEqual(['alpha']);
    expect(await built()).toEqual([]);
    await writePackage('good day');
    expect(await built()).toEqual(['alpha']);
    const bundle = await workspace.read('skills/alpha/dist/bundle/src/main.mjs');
    expect(bundle).toContain('two');
    expect(bundle).toContain('good day');
  });

  it('another checkout finds the builds of the same files in the cache, and does not keep those of others', async () => {
    const root = `${workspace.root}-copy`;
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    await cp(workspace.root, root, { recursive: true, verbatimSymlinks: true });
    const copy = workspace.checkout(root);
    // What only a checkout that has built knows.
    for (const path of ['.nx/skills', 'skills/alpha/dist', 'skills/beta/dist']) await copy.remove(path);
    await copy.write('skills/alpha/src/generated/client.js', "export const client = 'three';");
    const { output, exitCode } = await copy.nx(['run-many', '-t', 'build']);
    expect(exitCode).toBe(1);
    expect(output).toMatch(/outdated builds.* alpha \(.*skills\/alpha\/src\/generated\/client\.js\)/);
    expect(await built(copy)).toEqual(['alpha']);
    expect(await copy.read('skills/alpha/dist/bundle/src/main.mjs')).toContain('three');
    expect(await built(copy)).toEqual([]);
  });
});

describe('a changed lock file affects, and builds, only the skills that use what has changed', () => {
  it('with npm', async () => {
    await built();
    await workspace.write('package-lock.json', npmLock('1.0.1'));
    await workspace.commit('words 1.0.1');
    expect(await affected()).toEqual(['alpha']);
    expect(await built()).toEqual(['alpha']);
  });

  it.each([
    ['Yarn 1', 'yarn.lock', yarnLock],
    ['Yarn 4', 'yarn.lock', berryLock],
    ['pnpm', 'pnpm-lock.yaml', pnpmLock],
  ])('with %s', async (manager, file, lock) => {
    for (const other of ['package-lock.json', 'yarn.lock'])
      await rm(join(workspace.root, other), { force: true });
    if (manager === 'pnpm') await markAsPnpm();
    await workspace.write(file, lock('1.0.0'));
    await workspace.commit(manager);
    await workspace.write(file, lock('1.0.1'));
    await workspace.commit('words 1.0.1');
    expect(await affected()).toEqual(['alpha']);
  });
});

/** What pnpm writes into `node_modules`, and Nx reads. */
async function markAsPnpm(): Promise<void> {
  const packages = join(workspace.root, 'node_modules');
  const installed = await realpath(packages);
  await rm(packages);
  await mkdir(packages);
  for (const name of await readdir(installed)) await symlink(join(installed, name), join(packages, name));
  await workspace.write('node_modules/.modules.yaml', 'hoistedDependencies: {}\n');
}

/** The skills that Nx would deploy. */
async function affected(): Promise<string[]> {
  const { output, exitCode } = await workspace.nx(['show', 'projects', '--affected', '--base=HEAD~1']);
  if (exitCode !== 0) throw new Error(output);
  return output.split('\n').filter((name) => ['alpha', 'beta'].includes(name));
}
