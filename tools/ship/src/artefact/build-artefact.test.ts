import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SkillManifest } from '../manifest/manifest.js';
import { commandOf } from '../manifest/skill-place.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { buildArtefact } from './build-artefact.js';
import { readArtefactDigest } from './find-artefact.js';

const echo = { skill: 'echo', command: commandOf([], 'echo') };

const manifest: SkillManifest = {
  id: 'echo',
  version: '1.0.0',
  description: 'Echoes.',
  contract: 'skill',
  runtime: 'node',
  entry: 'src/main.ts',
  assets: [],
  external: [],
  dependencies: [],
  tools: [],
  smokeTests: [],
  healthPath: '/health',
};

/** A skill that imports a file of its own and a CommonJS package. */
async function writeSkill(workspace: string, greeting: string): Promise<string> {
  const skill = join(workspace, 'skills/echo');
  await mkdir(join(skill, 'src'), { recursive: true });
  await mkdir(join(workspace, 'node_modules/shout'), { recursive: true });
  await writeFile(
    join(workspace, 'node_modules/shout/index.js'),
    `module.exports = (text) => text + require('node:os').EOL;`,
  );
  await writeFile(
    join(skill, 'src/greeting.ts'),
    `export const greeting: string = ${JSON.stringify(greeting)};`,
  );
  await writeFile(
    join(skill, 'src/main.ts'),
    `import shout from 'shout'; import { greeting } from './greeting'; console.log(shout(greeting));`,
  );
  return skill;
}

describe('buildArtefact', () => {
  it('builds the same bytes from the same source in any folder, and other bytes from another source', async () => {
    const here = await writeSkill(await tempDirectory(), 'hello');
    const deeper = await writeSkill(join(await tempDirectory(), 'some/deeper/checkout'), 'hello');
    const changed = await writeSkill(await tempDirectory(), 'goodbye');
    const [one, two, three] = await Promise.all(
      [here, deeper, changed].map((skill) => buildArtefact(skill, manifest)),
    );
    expect(one?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(two?.digest).toBe(one?.digest);
    expect(three?.digest).not.toBe(one?.digest);
  });

  it('builds the same bytes if the packages are in another folder', async () => {
    const here = await writeSkill(await tempDirectory(), 'hello');
    const workspace = await tempDirectory();
    const below = await writeSkill(join(workspace, 'worktrees/one'), 'hello');
    await rename(join(workspace, 'worktrees/one/node_modules'), join(workspace, 'node_modules'));
    expect((await buildArtefact(below, manifest)).digest).toBe((await buildArtefact(here, manifest)).digest);
  });

  it('replaces an earlier build', async () => {
    const skill = await writeSkill(await tempDirectory(), 'hello');
    await buildArtefact(skill, manifest);
    await writeFile(join(skill, 'src/greeting.ts'), `export const greeting = 'again';`);
    const again = await buildArtefact(skill, manifest);
    expect(await readArtefactDigest(echo, join(skill, 'dist/image'))).toBe(again.digest);
    expect(await readFile(join(skill, 'dist/bundle/src/main.mjs'), 'utf8')).toContain('again');
  });

  it('reports where the code does not bundle', async () => {
    const skill = await writeSkill(await tempDirectory(), 'hello');
    await writeFile(
      join(skill, 'src/main.ts'),
      `import { nothing } from './missing';\nconsole.log(nothing);`,
    );
    await expect(buildArtefact(skill, manifest)).rejects.toThrow(/src\/main\.ts:1:24[\s\S]*missing/);
  });

  it('refuses an import that nobody can follow, with file and line, unless the manifest names what it loads', async () => {
    const skill = await writeSkill(await tempDirectory(), 'hello');
    await writeFile(
      join(skill, 'src/greeting.ts'),
      'const name = process.env.NAME ?? "../plugins/one.js";\nexport const { greeting } = await import(name);',
    );
    await expect(buildArtefact(skill, manifest)).rejects.toThrow(
      /name it in the manifest: files in "assets", packages in "external"[^]*src\/greeting\.ts:2:34/,
    );
    await mkdir(join(skill, 'plugins'));
    await writeFile(join(skill, 'plugins/one.js'), 'export const greeting = "hello";');
    await expect(buildArtefact(skill, { ...manifest, assets: ['plugins/*.js'] })).resolves.toHaveProperty(
      'digest',
    );
  });

  it('says how to install a missing package, once, and only for a package', async () => {
    const skill = await writeSkill(await tempDirectory(), 'hello');
    await writeFile(
      join(skill, 'src/main.ts'),
      `import a from '@acme/rows/read';\nimport b from '@acme/rows';\nimport './none';\nconsole.log(a, b);`,
    );
    const message = await buildArtefact(skill, manifest).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(message).toMatch(/\nInstall what is missing: npm install @acme\/rows$/);
    expect(message).not.toContain('external');
  });

  it('does not take a package of the workspace that is not built for a missing one', async () => {
    const skill = await writeSkill(await tempDirectory(), 'hello');
    await mkdir(join(skill, 'node_modules/fmt'), { recursive: true });
    await writeFile(join(skill, 'node_modules/fmt/package.json'), '{ "main": "dist/index.js" }');
    await writeFile(join(skill, 'src/main.ts'), `import { fmt } from 'fmt';\nconsole.log(fmt);`);
    await expect(buildArtefact(skill, manifest)).rejects.toThrow(
      /\nfmt: there, but without the file that is imported\. If it is a package of this workspace, build it first/,
    );
  });

  it('says how to build if there is no build', async () => {
    await expect(readArtefactDigest(echo, await tempDirectory())).rejects.toThrow('npx nx build echo');
  });
});

it('ships a folder with the assets beside the module that starts it, and starts it alone', async () => {
  const skill = await writeSkill(await tempDirectory(), 'hello');
  await mkdir(join(skill, 'out/apps/echo'), { recursive: true });
  await writeFile(
    join(skill, 'out/apps/echo/server.js'),
    `require('node:http').createServer().listen(process.env.PORT); require('node:fs').readFileSync(__dirname + '/public/logo.svg');`,
  );
  await mkdir(join(skill, 'public'));
  await writeFile(join(skill, 'public/logo.svg'), '<svg/>');
  const { entry: _, ...rest } = manifest;
  const artefact = await buildArtefact(skill, {
    ...rest,
    ship: 'out',
    start: ['node', 'apps/echo/server.js'],
    assets: ['public'],
  });
  expect(artefact.unproven).toBeUndefined();
  expect(await readFile(join(skill, 'dist/bundle/apps/echo/public/logo.svg'), 'utf8')).toBe('<svg/>');
});
