import { git } from '@odoobo/machine/git';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SkillManifest } from '../manifest/manifest.js';
import { buildArtefact } from './build-artefact.js';
import { builtAlone, type Files, manifest, skillWith } from './built-alone.test.helper.js';

const read = `import { readFileSync, readdirSync } from 'node:fs'; import { join } from 'node:path';`;

/** A skill in a repository, whose `.gitignore` is one of the files. */
async function committed(files: Files): Promise<string> {
  return inRepository(await skillWith(files));
}

async function inRepository(skill: string): Promise<string> {
  await git(['init', '-q'], { cwd: dirname(dirname(skill)) });
  return skill;
}

async function refused(skill: string, fields: Partial<SkillManifest> = {}): Promise<string> {
  return buildArtefact(skill, manifest(fields)).then(
    () => '',
    (error: Error) => error.message,
  );
}

describe('files that the code reads are shipped without being named', () => {
  it.each([
    ['new URL and import.meta.url', `readFileSync(new URL('./data/a.txt', import.meta.url), 'utf8')`],
    ['import.meta.dirname', `readFileSync(join(import.meta.dirname, 'data', 'a.txt'), 'utf8')`],
    ['__dirname', `readFileSync(__dirname + '/data/a.txt', 'utf8')`],
    ['the working directory', `readFileSync(join(process.cwd(), 'data/a.txt'), 'utf8')`],
    ['a folder', `readFileSync(join(import.meta.dirname, 'data') + '/' + 'a.txt'.slice(), 'utf8')`],
  ])('by %s', async (_, code) => {
    const { printed, read: shipped } = await builtAlone({
      'main.ts': `${read} const text: string = ${code}; console.log(text);`,
      'data/a.txt': 'a',
    });
    expect(printed).toBe('a');
    expect(shipped).toEqual(['data/a.txt']);
  });

  it.each([
    ['a path from the folder of the skill', `readFileSync('data/a.txt', 'utf8')`],
    ['one that starts with a dot', `readFileSync('./data/a.txt', 'utf8')`],
    ['the working directory in a template', 'readFileSync(`${process.cwd()}/data/a.txt`, "utf8")'],
    ['the working directory in a sum', `readFileSync(process.cwd() + '/data/a.txt', 'utf8')`],
    [
      'a folder as a word',
      `readdirSync('data').map((name) => readFileSync(join('data', name), 'utf8')).join()`,
    ],
    [
      'a field',
      `((options: { root: string }) => readFileSync(join(options.root, 'a.txt'), 'utf8'))({ root: 'data' })`,
    ],
    ['placeholders', `readFileSync('./data/{{name}}.txt'.replace('{{name}}', 'a'), 'utf8')`],
    ['a sum with a text', `'' + readFileSync(new URL('./data/a.txt', import.meta.url), 'utf8')`],
  ])('by %s', async (_, code) => {
    const { printed, read: shipped } = await builtAlone({
      'main.ts': `${read} const text: string = ${code}; console.log(text);`,
      'data/a.txt': 'a',
    });
    expect(printed).toBe('a');
    expect(shipped).toEqual(['data/a.txt']);
  });

  it('by a folder that another module gives', async () => {
    const { printed } = await builtAlone({
      'main.ts': `${read} import { here } from './parts/here.ts'; console.log(readFileSync(join(here, 'data/a.txt'), 'utf8'));`,
      'parts/here.ts': 'export const here = import.meta.dirname;',
      'parts/data/a.txt': 'a',
    });
    expect(printed).toBe('a');
  });

  it('and what those include that are of the same kind', async () => {
    const { read: shipped } = await builtAlone({
      'main.ts': `${read} console.log(readFileSync(join(import.meta.dirname, 'api/a.proto'), 'utf8').length);`,
      'api/a.proto': 'import "b.proto";',
      'api/b.proto': '',
      'api/notes.txt': '',
    });
    expect(shipped).toEqual(['api/a.proto', 'api/b.proto']);
  });

  it('but not what only a comment, an import or another word names', async () => {
    const { read: shipped } = await builtAlone({
      'main.ts': `// reads 'data/a.txt'
        import type { Word } from './data/word.ts'; const word: Word = 'test'; console.log(word === 'data', 'package.json');`,
      'data/word.ts': 'export type Word = string;',
      'data/a.txt': 'a',
      'package.json': '{ "type": "module" }',
    });
    expect(shipped).toEqual([]);
  });

  it('says of TypeScript that a text names that it is not shipped', async () => {
    const { leftOut } = await builtAlone({
      'main.ts': `const options = {\n migrations: './data/*.ts' }; console.log(options.migrations);`,
      'data/one.ts': 'export {};',
    });
    expect(leftOut).toEqual([{ path: 'data/one.ts', readAt: 'main.ts:2', why: 'typescript' }]);
  });

  it('also those of a library of the workspace, beside it', async () => {
    const files = {
      'main.ts': `import { text } from '../../libs/words/index.ts'; console.log(text);`,
      'libs/words/index.ts': `${read} export const text = readFileSync(new URL('./words.txt', import.meta.url), 'utf8');`,
      'libs/words/words.txt': 'of the library',
    };
    expect((await builtAlone(files, {}, inRepository)).printed).toBe('of the library');
  });

  it('and modules among them find the packages that they import', async () => {
    const { printed } = await builtAlone(
      {
        'main.ts': `${read} const folder = join(import.meta.dirname, 'routes'); const load = (file: string) => import(file);
        for (const file of readdirSync(folder)) console.log((await load(join(folder, file))).default);`,
        'routes/one.mjs': `import { word } from 'words'; export default word;`,
        'node_modules/words/package.json':
          '{ "name": "words", "version": "1.0.0", "type": "module", "main": "index.js" }',
        'node_modules/words/index.js': `export const word = 'loaded';`,
      },
      { external: ['words'] },
    );
    expect(printed).toBe('loaded');
  });

  it('but no hidden files, and none that git ignores, which the build names', async () => {
    const skill = await committed({
      '.gitignore': 'made\n',
      'main.ts': `${read} try { readFileSync(new URL('./made/x.txt', import.meta.url)); } catch {}
        readdirSync(join(import.meta.dirname, 'data'));`,
      'made/x.txt': 'x',
      'data/.env': 'SECRET=1',
      'data/a.txt': 'a',
    });
    const { read: shipped, leftOut } = await buildArtefact(skill, manifest({}));
    expect(shipped).toEqual(['data/a.txt']);
    expect(leftOut).toEqual([{ path: 'made/x.txt', readAt: 'main.ts:1', why: 'ignored' }]);
  });

  it('not one that is outside of the repository, which the build names', async () => {
    const outside = await skillWith({ 'secret.txt': 'secret' });
    const path = `../../../${basename(dirname(dirname(outside)))}/skills/shop/secret.txt`;
    const skill = await committed({
      'main.ts': `${read}\ntry { readFileSync(join(__dirname, '${path}')); } catch {}`,
    });
    const { read: shipped, leftOut } = await buildArtefact(skill, manifest({}));
    expect(shipped).toEqual([]);
    expect(leftOut.map(({ why, readAt }) => ({ why, readAt }))).toEqual([
      { why: 'outside', readAt: 'main.ts:2' },
    ]);
  });
});

describe('what cannot be shipped is refused, with the line that reads it', () => {
  it('a link out of the repository', async () => {
    const outside = await skillWith({ 'secret.txt': 'secret' });
    const skill = await committed({ 'main.ts': `${read}\nreadFileSync(join(__dirname, 'data/a.txt'));` });
    await mkdir(join(skill, 'data'));
    await symlink(join(outside, 'secret.txt'), join(skill, 'data/a.txt'));
    expect(await refused(skill)).toBe(
      `main.ts:2 reads data/a.txt, which links to ${outside}/secret.txt, outside of the repository. Copy the file into the skill.`,
    );
  });

  it('2 GB', async () => {
    const skill = await committed({ 'main.ts': `${read}\nreadFileSync(join(__dirname, 'model.bin'));` });
    await writeFile(join(skill, 'model.bin'), '');
    await truncate(join(skill, 'model.bin'), 2e9);
    expect(await refused(skill)).toContain('main.ts:2 reads model.bin, which has 2000.0 MB');
  });

  it('a folder of TypeScript, unless the manifest names it as data', async () => {
    const files = {
      'main.ts': `${read}\nfor (const file of readdirSync(join(import.meta.dirname, 'routes'))) console.log(file);`,
      'routes/one.ts': 'export default 1;',
    };
    expect(await refused(await skillWith(files))).toMatch(
      /^main\.ts:2 reads the folder of routes\/one\.ts, and Node does not load TypeScript\. Import it, or compile/,
    );
    expect((await builtAlone(files, { assets: ['routes'] })).printed).toBe('one.ts');
  });
});

describe('a thread in TypeScript', () => {
  const says = `import { parentPort } from 'node:worker_threads'; import { word } from './word.js'; parentPort?.postMessage(word as string);`;
  const started = (url: string) => ({
    'main.ts': `import { Worker } from 'node:worker_threads'; import { join } from 'node:path';
      new Worker(${url}).on('message', (text: string) => console.log(text));`,
    'jobs/thread.ts': says,
    'jobs/word.ts': `export const word: string = 'from the thread';`,
  });

  it.each(['./jobs/thread.ts', './jobs/thread.js'])('is bundled: %s', async (name) => {
    const { printed } = await builtAlone(started(`new URL('${name}', import.meta.url)`));
    expect(printed).toBe('from the thread');
  });

  it('that starts another one is bundled with it', async () => {
    const { printed } = await builtAlone({
      ...started(`new URL('./first.ts', import.meta.url)`),
      'first.ts': `import { parentPort, Worker } from 'node:worker_threads';
        new Worker(new URL('./jobs/thread.ts', import.meta.url)).on('message', (text) => parentPort?.postMessage(text));`,
    });
    expect(printed).toBe('from the thread');
  });

  it('is refused where only its path is named, with what to write', async () => {
    expect(await refused(await skillWith(started(`join(import.meta.dirname, 'jobs/thread.ts')`)))).toBe(
      "main.ts:2 starts a thread from jobs/thread.ts, and Node does not load TypeScript. Name it as new URL('./jobs/thread.ts', import.meta.url): then it is bundled.",
    );
  });
});
