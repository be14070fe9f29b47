import { execa } from 'execa';
import { mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { skillManifestSchema } from '../manifest/manifest.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { buildArtefact } from './build-artefact.js';
import { buildKeys } from './build-keys.js';
import { rebuildIfChanged } from './rebuild-changed.js';
import { recordUnhashed } from './record-unhashed.js';
import { refuseOutdatedBuilds } from './refuse-outdated.js';
import { type BuiltSkill, changedUnhashed } from './unhashed.js';

const skillRoot = 'skills/echo';
const generated = 'skills/echo/src/generated.js';
const shared = 'shared/words.js';
const installed = 'node_modules/shout/index.js';

const manifest = skillManifestSchema.parse({
  id: 'echo',
  version: '1.0.0',
  description: 'Echoes.',
  runtime: 'node',
  entry: 'src/main.js',
});

/** A checkout with a skill that imports a file of its own, one that git ignores, one that is in no project, and a package. */
async function checkout(): Promise<BuiltSkill> {
  const workspaceRoot = await realpath(await tempDirectory());
  const skill = { workspaceRoot, skillRoot };
  await write(skill, '.gitignore', 'node_modules\ndist\n.nx\ngenerated.js\n');
  await write(skill, 'node_modules/shout/package.json', '{"name":"shout","version":"1.0.0"}');
  await write(skill, installed, `module.exports = (text) => text + '!';`);
  await write(skill, shared, `export const words = ['one'];`);
  await write(skill, generated, `export const generated = 1;`);
  await write(skill, 'skills/echo/src/own.js', `export const own = 1;`);
  await write(
    skill,
    'skills/echo/src/main.js',
    `import shout from 'shout'; import { words } from '../../../shared/words.js';
     import { generated } from './generated.js'; import { own } from './own.js';
     console.log(shout(words + generated + own));`,
  );
  await execa('git', ['init', '-q'], { cwd: workspaceRoot });
  return skill;
}

async function write({ workspaceRoot }: BuiltSkill, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(workspaceRoot, path)), { recursive: true });
  await writeFile(join(workspaceRoot, path), text);
}

/** As the target `build` does. */
async function build(skill: BuiltSkill, one = manifest) {
  const artefact = await buildArtefact(join(skill.workspaceRoot, skillRoot), one);
  return recordUnhashed(skill, artefact, { paths: [skillRoot], outputs: [] });
}

const key = ({ workspaceRoot }: BuiltSkill) => buildKeys(workspaceRoot)['SKILLS_UNHASHED_ECHO'];

let skill: BuiltSkill;
beforeEach(async () => {
  skill = await checkout();
});

it('names the files of an artefact that git ignores, and those of no project of the skill', async () => {
  expect(await build(skill)).toEqual({ ignored: [generated], outside: [shared] });
});

it('names no output of the target that runs first: Nx hashes them, ignored by git or not', async () => {
  const service = skillManifestSchema.parse({
    id: 'orders',
    version: '1.0.0',
    description: 'Orders.',
    contract: 'http',
    runtime: 'node',
    ship: 'dist',
    start: ['node', 'server.js'],
    buildTarget: 'build',
  });
  await write(skill, 'skills/echo/skill.json', JSON.stringify(service));
  await write(skill, 'skills/echo/dist/server.js', '');
  const { sources } = await buildArtefact(join(skill.workspaceRoot, skillRoot), service);
  expect(sources).toEqual([join(skill.workspaceRoot, 'skills/echo/dist/server.js')]);
  const record = (outputs: string[]) =>
    recordUnhashed(skill, { sources, assets: [] }, { paths: [skillRoot], outputs });
  expect((await record([])).ignored).toEqual(['skills/echo/dist/server.js']);
  expect((await record(['skills/echo/dist'])).ignored).toEqual([]);
  expect(await readFile(join(skill.workspaceRoot, skillRoot, '.artefact/unhashed.json'), 'utf8')).toContain(
    '"files":{}',
  );
});

it('knows a skill by the name in its manifest, which its folder need not have', async () => {
  await write(skill, 'skills/echo/skill.json', JSON.stringify({ ...manifest, id: 'parrot' }));
  await build(skill);
  await write(skill, generated, 'export const generated = 2;');
  expect(buildKeys(skill.workspaceRoot)).toHaveProperty('SKILLS_UNHASHED_PARROT');
  expect(() => refuseOutdatedBuilds(skill.workspaceRoot, [skillRoot])).toThrow(/parrot \(/);
});

describe('what has changed since a build, and Nx does not notice', () => {
  it.each([
    ['a file that git ignores', generated],
    ['a file of no project of the skill', shared],
    ['a file of a package', installed],
  ])('is %s', async (_, path) => {
    await build(skill);
    expect(changedUnhashed(skill)).toBeUndefined();
    await write(skill, path, 'export default 2;');
    expect(changedUnhashed(skill)?.files).toEqual([path]);
    await rm(join(skill.workspaceRoot, path));
    expect(changedUnhashed(skill)?.files).toEqual([path]);
  });

  it('is another file beside an asset that git ignores, and nothing beside one that it does not', async () => {
    await write(skill, '.gitignore', 'dist\n.nx\nnotes\n');
    await write(skill, 'skills/echo/notes/one.txt', 'one');
    await write(skill, 'skills/echo/public/one.txt', 'one');
    await build(skill, { ...manifest, assets: ['notes', 'public'] });
    await write(skill, 'skills/echo/public/two.txt', 'two');
    expect(changedUnhashed(skill)).toBeUndefined();
    await write(skill, 'skills/echo/notes/two.txt', 'two');
    expect(changedUnhashed(skill)?.files).toEqual(['skills/echo/notes/']);
    await build(skill, { ...manifest, assets: ['notes', 'public'] });
    expect(changedUnhashed(skill)).toBeUndefined();
  });

  it('is not a file of the skill, nor a package with another version: Nx hashes both', async () => {
    await build(skill);
    await write(skill, 'skills/echo/src/own.js', 'export const own = 2;');
    await write(skill, 'node_modules/shout/package.json', '{"name":"shout","version":"1.1.0"}');
    await write(skill, installed, 'module.exports = String;');
    expect(changedUnhashed(skill)).toBeUndefined();
  });

  it('is found where the packages are in a folder above the checkout', async () => {
    const inner = { workspaceRoot: join(skill.workspaceRoot, 'skills'), skillRoot: 'echo' };
    const { sources } = await buildArtefact(join(skill.workspaceRoot, skillRoot), manifest);
    await recordUnhashed(inner, { sources, assets: [] }, { paths: ['echo'], outputs: [] });
    await write(skill, installed, 'module.exports = String;');
    expect(changedUnhashed(inner)?.files).toEqual([installed]);
  });
});

describe('the key of a build', () => {
  it('is empty until a file changes, then the same in all checkouts with the same files', async () => {
    const other = await checkout();
    for (const one of [skill, other]) {
      expect(key(one)).toBeUndefined();
      await build(one);
      expect(key(one)).toBe('');
      await write(one, generated, 'export const generated = 2;');
      await write(one, installed, 'module.exports = String;');
    }
    expect(key(skill)).toMatch(/^[0-9a-f]{64}$/);
    expect(key(skill)).toBe(key(other));
    await build(skill);
    expect(key(skill)).toBe(key(other));
  });

  it('is of no skill whose artefact has only files that Nx hashes', async () => {
    await write(skill, 'skills/echo/src/main.js', 'console.log(1);');
    await build(skill);
    expect(key(skill)).toBeUndefined();
  });
});

describe('an artefact from the cache that was made from other files', () => {
  it('is built again before it is deployed, and at the next build', async () => {
    await build(skill);
    expect(await rebuildIfChanged(skill, manifest)).toEqual([]);
    await write(skill, generated, `export const generated = 'second';`);
    expect(await rebuildIfChanged(skill, manifest)).toEqual([generated]);
    const bundle = await readFile(join(skill.workspaceRoot, skillRoot, 'dist/bundle/src/main.mjs'), 'utf8');
    expect(bundle).toContain('second');
    expect(await rebuildIfChanged(skill, manifest)).toEqual([]);
    expect(key(skill)).not.toBe('');
  });

  it('is refused, with the file, and with what to change if Nx does not hash the key', async () => {
    await build(skill);
    refuseOutdatedBuilds(skill.workspaceRoot, [skillRoot]);
    await write(skill, generated, 'export const generated = 2;');
    expect(() => refuseOutdatedBuilds(skill.workspaceRoot, [skillRoot])).toThrow(
      /echo \(skills\/echo\/src\/generated\.js\).*Run it again/,
    );
    expect(() => refuseOutdatedBuilds(skill.workspaceRoot, [skillRoot])).toThrow(
      /Add \{ "env": "SKILLS_UNHASHED" \} to the inputs of build/,
    );
  });
});
