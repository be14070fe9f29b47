import { describe, expect, it } from 'vitest';
import { buildArtefact } from './build-artefact.js';
import { builtAlone, type Files, manifest, skillWith } from './built-alone.test.helper.js';

const words: Files = {
  'node_modules/words/package.json': '{ "name": "words", "version": "1.0.0" }',
  'node_modules/words/index.js': "exports.word = 'word';",
  'node_modules/words/list.txt': 'listed',
};
const make = "import { createRequire } from 'node:module';";

async function refused(files: Files): Promise<string> {
  return buildArtefact(await skillWith(files), manifest({})).then(
    () => '',
    (error: Error) => error.message,
  );
}

describe('what a module loads by a require that it makes is in the artefact', () => {
  it.each([
    [
      'named require',
      `${make} const require = createRequire(import.meta.url); console.log(require('words').word);`,
    ],
    [
      'of another name',
      `${make} const load = createRequire(import.meta.url); console.log(load('words').word);`,
    ],
    ['used at once', `${make} console.log(createRequire(import.meta.url)('words').word);`],
    [
      'of the module of Node',
      `import module from 'node:module'; console.log(module.createRequire(import.meta.url)('words').word);`,
    ],
  ])('%s', async (_, code) => {
    expect((await builtAlone({ ...words, 'main.ts': code })).printed).toBe('word');
  });

  it.each([
    [
      'require.resolve',
      `${make} const require = createRequire(import.meta.url); const path = require.resolve('words/list.txt');`,
    ],
    ['import.meta.resolve', `const path = new URL(import.meta.resolve('words/list.txt'));`],
  ])('the file of a package that %s finds', async (_, code) => {
    const main = `import { readFileSync } from 'node:fs'; ${code} console.log(readFileSync(path, 'utf8'));`;
    expect((await builtAlone({ ...words, 'main.ts': main })).printed).toBe('listed');
  });

  it('or is refused where it is computed', async () => {
    const code = `${make}\nconst require = createRequire(import.meta.url);\nrequire(String(process.env.WORDS));`;
    expect(await refused({ ...words, 'main.ts': code })).toMatch(/Nobody can know.*\n\n.*main\.ts:3:/);
  });

  it('and an optional one of a package that is not installed is still not there', async () => {
    const files = {
      'main.ts': "import { found } from 'asker'; console.log(found);",
      'node_modules/asker/package.json':
        '{ "name": "asker", "version": "1.0.0", "type": "module", "main": "index.js" }',
      'node_modules/asker/index.js': `${make} const require = createRequire(import.meta.url);
        const load = (attempt) => { try { return attempt(); } catch { return 'none'; } };
        export const found = load(() => require('not-there'));`,
    };
    expect((await builtAlone(files)).printed).toBe('none');
  });
});

describe('an import of which only the end is computed', () => {
  const routes = { 'routes/home.ts': "export const word: string = 'home';" };
  it.each([
    ['by the extension of compiled code', 'import(`./routes/${name}.js`)'],
    ['by no extension, in a template', 'require(`./routes/${name}`)'],
    ['by no extension, in a sum', "require('./routes/' + name)"],
  ])('finds TypeScript %s', async (_, call) => {
    const main = `const name = String(process.env.NAME ?? 'home'); console.log((await ${call}).word);`;
    expect((await builtAlone({ ...routes, 'main.ts': main })).printed).toBe('home');
  });

  it('is refused where no such file is', async () => {
    const main = 'const name = String(process.env.NAME);\nawait import(`./nothing/${name}.js`);';
    expect(await refused({ 'main.ts': main })).toMatch(/nothing.*\n\n.*main\.ts:2:/);
  });
});

describe('a module that asks whether it was started', () => {
  const library = (question: string) => `if (${question}) console.log('library'); module.exports = {};`;
  it.each(['require.main === module', 'module == require.main', '!module.parent'])(
    'by %s',
    async (question) => {
      const files = {
        'package.json': '{ "type": "commonjs" }',
        'main.js': `require('./library.js'); if (${question}) console.log('started');`,
        'library.js': library(question),
      };
      expect((await builtAlone(files, { entry: 'main.js' })).printed).toBe('started');
    },
  );

  it('by import.meta.main', async () => {
    const files = {
      'main.ts': "import './library.ts'; if (import.meta.main) console.log('started');",
      'library.ts': "if (import.meta.main) console.log('library'); export {};",
    };
    expect((await builtAlone(files)).printed).toBe('started');
  });
});

describe('names of classes', () => {
  it.each(['new OrderError().constructor.name', 'OrderError.name'])('are kept for %s', async (shown) => {
    const main = `class OrderError extends Error {} console.log(${shown});`;
    expect((await builtAlone({ 'main.ts': main })).printed).toBe('OrderError');
  });
});

describe('a package that loads one of several by a computed name', () => {
  const mapper = (...drivers: string[]): Files => ({
    'main.ts':
      "import { load } from 'mapper'; if (process.env.NEVER) load('pg'); console.log(load('one').word);",
    'node_modules/mapper/package.json': JSON.stringify({
      name: 'mapper',
      version: '1.0.0',
      main: 'index.js',
      peerDependenciesMeta: { one: { optional: true }, two: { optional: true } },
    }),
    'node_modules/mapper/index.js': 'exports.load = (name) => require(name);',
    ...Object.fromEntries(
      drivers.flatMap((name) => [
        [`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0' })],
        [`node_modules/${name}/index.js`, `exports.word = '${name}';`],
      ]),
    ),
  });

  it('gets the only one that is installed', async () => {
    expect((await builtAlone(mapper('one'))).printed).toBe('one');
  });

  it('gets the one that the manifest names', async () => {
    expect((await builtAlone(mapper('one', 'two'), { external: ['one'] })).printed).toBe('one');
  });

  it('is not meant where these are its own native code', async () => {
    const parts = ['@fast/fast-linux-x64', '@fast/libs-linux-x64'];
    const { printed } = await builtAlone({
      'main.ts': "import { word } from 'fast'; console.log(word);",
      'node_modules/fast/package.json': JSON.stringify({
        name: 'fast',
        version: '1.0.0',
        optionalDependencies: Object.fromEntries(parts.map((name) => [name, '1'])),
      }),
      'node_modules/fast/index.js': `for (const name of ${JSON.stringify(parts)}) exports.word = require(name).word;`,
      ...Object.fromEntries(
        parts.flatMap((name) => [
          [`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', os: ['linux'] })],
          [`node_modules/${name}/index.js`, "exports.word = 'native';"],
        ]),
      ),
    });
    expect(printed).toBe('native');
  });

  it('is refused where the manifest names none of several', async () => {
    const message = await refused(mapper('one', 'two'));
    expect(message).toBe(
      'mapper loads one of these packages by a name that it computes when the service runs: one, two. ' +
        'Name the one that the service uses in "external" of skill.json.',
    );
  });
});
