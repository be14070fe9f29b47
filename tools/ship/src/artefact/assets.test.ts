import { execa } from 'execa';
import { cp, mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type SkillManifest, skillManifestSchema } from '../manifest/manifest.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { ignoredByGit } from './assets.js';
import { buildArtefact } from './build-artefact.js';

function manifest(fields: Partial<SkillManifest> = {}): SkillManifest {
  const required = {
    id: 'shop',
    version: '1.0.0',
    description: 'Sells.',
    runtime: 'node',
    entry: 'src/main.ts',
  };
  return skillManifestSchema.parse({ ...required, ...fields });
}

/** @returns the folder of a skill with these files; those of packages are in `node_modules` of the workspace */
async function skillWith(files: Record<string, string>): Promise<string> {
  const workspace = await tempDirectory();
  const skill = join(workspace, 'skills/shop');
  for (const [path, text] of Object.entries(files)) {
    const file = join(path.startsWith('node_modules/') ? workspace : skill, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return skill;
}

/** What the artefact prints, started where it has nothing but its own files. */
async function printedAlone(skill: string, fields: Partial<SkillManifest>): Promise<string> {
  await buildArtefact(skill, manifest(fields));
  const alone = join(await tempDirectory(), 'app');
  await cp(join(skill, 'dist/bundle'), alone, { recursive: true });
  const { stdout } = await execa(process.execPath, ['main.mjs'], { cwd: alone });
  return stdout;
}

const read = "import { readFileSync } from 'node:fs';";

describe('assets', () => {
  it.each([
    [
      'new URL and import.meta.url',
      `${read} console.log(readFileSync(new URL('./hello.txt', import.meta.url), 'utf8'));`,
    ],
    [
      'a __dirname made from import.meta.url',
      `${read} import { dirname, join } from 'node:path'; import { fileURLToPath } from 'node:url';
       const __filename = fileURLToPath(import.meta.url); const __dirname = dirname(__filename);
       console.log(readFileSync(join(__dirname, 'hello.txt'), 'utf8'));`,
    ],
    [
      'import.meta.url that is set where there is none',
      `${read} if (import.meta.url === undefined) { import.meta.url = 'https://localhost'; }
       console.log(readFileSync(new URL('./hello.txt', import.meta.url), 'utf8'));`,
    ],
    ['import.meta.dirname', `${read} console.log(readFileSync(import.meta.dirname + '/hello.txt', 'utf8'));`],
    ['__dirname of CommonJS', `${read} console.log(readFileSync(__dirname + '/hello.txt', 'utf8'));`],
  ])('are found by %s, in the entry and in a module below it', async (_, code) => {
    const skill = await skillWith({
      'src/main.ts': `import './views/show';\n${code}`,
      'src/hello.txt': 'entry',
      'src/views/show.ts': code,
      'src/views/hello.txt': 'module',
    });
    expect(await printedAlone(skill, { assets: ['src/**/*.txt'] })).toBe('module\nentry');
  });

  it('are found by an entry at the root of the skill, and by the working directory', async () => {
    const skill = await skillWith({
      'main.ts': `${read} for (const file of [new URL('./public/a.txt', import.meta.url), 'public/b.txt']) console.log(readFileSync(file, 'utf8'));`,
      'public/a.txt': 'a',
      'public/b.txt': 'b',
    });
    expect(await printedAlone(skill, { entry: 'main.ts', assets: ['public'] })).toBe('a\nb');
  });

  it('are found by a package in CommonJS that is bundled, and by a worker thread', async () => {
    const skill = await skillWith({
      'src/main.ts': `import { Worker } from 'node:worker_threads'; import { folder } from 'kit';
        console.log(folder);
        new Worker(new URL('./worker.mjs', import.meta.url)).on('message', (text) => console.log(text));`,
      'src/worker.mjs': `import { parentPort } from 'node:worker_threads'; parentPort.postMessage('from the worker');`,
      'node_modules/kit/lib/index.js': `exports.folder = require('node:path').basename(__dirname) + ' ' + require('node:path').basename(__filename);`,
      'node_modules/kit/package.json': '{ "name": "kit", "main": "lib/index.js" }',
    });
    expect(await printedAlone(skill, { assets: ['src/worker.mjs'] })).toBe('lib index.js\nfrom the worker');
  });

  it('leave an entry that asks whether it was started with the right answer', async () => {
    const skill = await skillWith({
      'src/main.ts': `import { pathToFileURL } from 'node:url'; import './other';
        console.log('entry ' + (import.meta.url === pathToFileURL(process.argv[1] ?? '').href));`,
      'src/other.ts': `import { pathToFileURL } from 'node:url';
        console.log('other ' + (import.meta.url === pathToFileURL(process.argv[1] ?? '').href));`,
    });
    expect(await printedAlone(skill, {})).toBe('other false\nentry true');
  });

  it('change the digest when they change, and not when their folder is elsewhere', async () => {
    const files = { 'src/main.ts': 'console.log(1);', 'public/a.txt': 'a' };
    const digest = async (more: Record<string, string>) =>
      (await buildArtefact(await skillWith({ ...files, ...more }), manifest({ assets: ['public'] }))).digest;
    const first = await digest({});
    expect(await digest({})).toBe(first);
    expect(await digest({ 'public/a.txt': 'b' })).not.toBe(first);
    expect(await digest({ 'public/b.txt': '' })).not.toBe(first);
  });

  it('are not hidden files, packages or earlier builds, unless a pattern names them', async () => {
    const skill = await skillWith({
      'src/main.ts': `import { readdirSync } from 'node:fs'; console.log(readdirSync('.', { recursive: true }).sort().join());`,
      '.env': 'PASSWORD=x',
      'node_modules.txt': '',
      'public/.well-known/a.txt': '',
    });
    const first = await printedAlone(skill, { assets: ['**', 'public/.well-known/*'] });
    expect(first.split(',')).toEqual(
      expect.arrayContaining(['node_modules.txt', 'public/.well-known/a.txt']),
    );
    expect(first).not.toContain('.env');
    expect(await printedAlone(skill, { assets: ['**', 'public/.well-known/*'] })).toBe(first);
  });
});

describe('an asset that cannot be shipped', () => {
  async function refused(skill: string, ...assets: string[]): Promise<string> {
    return buildArtefact(skill, manifest({ assets })).then(
      () => '',
      (error: Error) => error.message,
    );
  }

  it('is named with its pattern: a missing one, links out of the skill, a broken link', async () => {
    const skill = await skillWith({ 'src/main.ts': '', 'public/a.txt': '', '../shared/b.txt': '' });
    expect(await refused(skill, 'pubic')).toMatch(
      /^skill\.json: assets: "pubic" matches no file in .*shop\. Correct it/,
    );
    await symlink('nowhere', join(skill, 'src/broken'));
    expect(await refused(skill, 'src/broken')).toContain('"src/broken" matches no file');
    await symlink('../../shared/b.txt', join(skill, 'public/b.txt'));
    expect(await refused(skill, 'public')).toMatch(
      /"public" matches public\/b\.txt, which links to .*shared\/b\.txt, outside/,
    );
    await symlink('../../shared', join(skill, 'src/shared'));
    expect(await refused(skill, 'src/**')).toMatch(
      /matches src\/shared\/b\.txt, which links to .*shared\/b\.txt, outside/,
    );
  });

  it('is not a link to a folder inside the skill, even if that makes a circle', async () => {
    const skill = await skillWith({ 'src/main.ts': '', 'public/a.txt': '' });
    await symlink('.', join(skill, 'public/self'));
    expect(await refused(skill, 'public')).toBe('');
  });

  it('is named with its size', async () => {
    const skill = await skillWith({ 'src/main.ts': '', 'model.bin': '' });
    await truncate(join(skill, 'model.bin'), 2 * 1024 ** 3);
    expect(await refused(skill, 'model.bin')).toContain('model.bin has 2147.5 MB');
  });

  it.each(['../secrets', '/etc/passwd'])('%s is refused in the manifest', (pattern) => {
    const { error } = skillManifestSchema.safeParse({ ...manifest(), assets: [pattern] });
    expect(error?.issues[0]).toMatchObject({
      path: ['assets', 0],
      message: 'expected a relative path that stays inside the folder',
    });
  });
});

it('ships the folder of the static site at its own path, with hidden files, beside any program', async () => {
  const site = { 'public/index.html': 'page', 'public/.well-known/security.txt': 'contact' };
  const skill = await skillWith({
    'src/main.ts': 'console.log(1);',
    'out/server.mjs': 'console.log(1);',
    ...site,
  });
  for (const program of [{}, { entry: undefined, ship: 'out', start: ['node', 'server.mjs'] }]) {
    await buildArtefact(skill, manifest({ ...program, static: 'public' }));
    for (const [path, text] of Object.entries(site))
      expect(await readFile(join(skill, 'dist/bundle', path), 'utf8')).toBe(text);
  }
  await expect(buildArtefact(skill, manifest({ static: 'web' }))).rejects.toThrow(
    /^skill\.json: static: "web" is not a folder in .*shop\. Correct it, or make the folder\.$/,
  );
});

it('names the files that git ignores, of which Nx does not notice a change', async () => {
  const skill = await skillWith({ '.gitignore': 'made\n', 'made/a.txt': '', 'public/b.txt': '' });
  const paths = ['made/a.txt', 'public/b.txt'];
  expect(await ignoredByGit(skill, paths)).toEqual([]);
  await execa('git', ['init', '-q'], { cwd: skill });
  expect(await ignoredByGit(skill, paths)).toEqual(['made/a.txt']);
});
