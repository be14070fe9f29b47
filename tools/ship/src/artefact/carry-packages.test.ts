import { describe, expect, it } from 'vitest';
import { buildArtefact } from './build-artefact.js';
import { builtAlone, manifest, skillWith } from './built-alone.test.helper.js';

async function refused(files: Record<string, string | Buffer>): Promise<string> {
  return buildArtefact(await skillWith(files), manifest({})).then(
    () => '',
    (error: Error) => error.message,
  );
}

/** Two versions of `words`, one of them inside of `reader`, which reads a file and says what it got. */
const reader = {
  'node_modules/words/package.json': '{ "name": "words", "version": "1.0.0" }',
  'node_modules/words/index.js': `exports.version = 1; exports.loaded = (globalThis.loaded = (globalThis.loaded ?? 0) + 1);`,
  'node_modules/reader/package.json': '{ "name": "reader", "version": "1.0.0" }',
  'node_modules/reader/index.js': `const { join } = require('node:path');
    const text = require('node:fs').readFileSync(join(__dirname, 'data', 'text.txt'), 'utf8');
    exports.text = text + ' ' + require('words').version;`,
  'node_modules/reader/data/text.txt': 'data of the package',
  'node_modules/reader/node_modules/words/package.json': '{ "name": "words", "version": "2.0.0" }',
  'node_modules/reader/node_modules/words/index.js': 'exports.version = 2;',
};

/** The start of a native file: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html */
function elf(machine: number): Buffer {
  const file = Buffer.alloc(64);
  file.writeUInt32BE(0x7f454c46, 0);
  file.writeUInt16LE(machine, 18);
  return file;
}

const amd64 = elf(0x3e);
const arm64 = elf(0xb7);
/** https://en.wikipedia.org/wiki/Mach-O */
const macos = Buffer.concat([Buffer.from('cffaedfe0c000001', 'hex'), Buffer.alloc(56)]);

describe('a package that cannot be bundled is beside the bundle', () => {
  it('when it reads its own files, with the version of each package that it needs', async () => {
    const { printed } = await builtAlone({
      ...reader,
      'main.ts': `import { text } from 'reader'; import { version } from 'words'; console.log(text, version);`,
    });
    expect(printed).toBe('data of the package 2 1');
  });

  it('when it is imported only when it is used', async () => {
    const { printed } = await builtAlone({
      ...reader,
      'main.ts': `const { text } = await import('reader'); console.log(text);`,
    });
    expect(printed).toBe('data of the package 2');
  });

  it('when it starts a thread from its own files', async () => {
    const { printed } = await builtAlone({
      'node_modules/threads/package.json': '{ "name": "threads", "main": "lib/index.js" }',
      'node_modules/threads/lib/index.js': `const { Worker } = require('node:worker_threads');
        exports.start = () => new Worker(require('node:path').join(__dirname, 'worker.js'));`,
      'node_modules/threads/lib/worker.js': `require('node:worker_threads').parentPort.postMessage(require('words').version);`,
      ...reader,
      'main.ts': `import { start } from 'threads'; start().on('message', (one) => console.log('thread', one));`,
    });
    expect(printed).toBe('thread 1');
  });

  it('when the service names it in a text, as the view engine of Express, or in the manifest', async () => {
    const files = {
      ...reader,
      'node_modules/views/package.json': '{ "name": "views", "version": "1.0.0" }',
      'node_modules/views/index.js': 'exports.load = (name) => require(name);',
      'main.ts': `import { load } from 'views';
        const app = new Map(); app.set('view engine', 'reader'); for (const name of app.values()) console.log(load(name).text);`,
    };
    expect((await builtAlone(files)).printed).toBe('data of the package 2');
    const others = { ...files, 'main.ts': files['main.ts'].replace("'reader'", "['rea', 'der'].join('')") };
    expect((await builtAlone(others, { external: ['reader'] })).printed).toBe('data of the package 2');
  });

  it('with the package that has its native code, though its name is computed', async () => {
    const { printed } = await builtAlone({
      'node_modules/fast/package.json':
        '{ "name": "fast", "version": "1.0.0", "gypfile": true, "optionalDependencies": { "@fast/fast-linux-x64": "1" } }',
      'node_modules/fast/index.js':
        "exports.word = require('finder').find(['@fast/fast', 'linux', 'x64'].join('-')).word;",
      'node_modules/finder/package.json': '{ "name": "finder", "version": "1.0.0" }',
      'node_modules/finder/index.js': 'exports.find = (name) => require(name);',
      'node_modules/@fast/fast-linux-x64/package.json':
        '{ "name": "@fast/fast-linux-x64", "version": "1.0.0", "os": ["linux"] }',
      'node_modules/@fast/fast-linux-x64/index.js': "exports.word = 'native';",
      'main.ts': "import fast from 'fast'; console.log(fast.word);",
    });
    expect(printed).toBe('native');
  });

  it.each([
    [
      'the WebAssembly of the same name',
      'lib/code.wasm',
      "exports.text = require('node:fs').readFileSync(require('node:path').join(...[__dirname].concat('code' + '.wasm')), 'utf8');",
    ],
    [
      'a module that an import of a variable may load',
      'lib/other.js',
      `class Loader { static get path() { return './other.js'; } static load() { return import(Loader.path); } }
        exports.text = Loader.load().then(({ beside }) => 'exports.beside = ' + beside + ';');`,
    ],
  ])('with %s', async (_, path, code) => {
    const { printed } = await builtAlone({
      ...reader,
      'node_modules/reader/lib/code.js': code,
      [`node_modules/reader/${path}`]: 'exports.beside = 1;',
      'node_modules/reader/index.js': `require('node:fs').readFileSync(require('node:path').join(__dirname, 'data', 'text.txt'));
        exports.text = require('./lib/code.js').text;`,
      'main.ts': "import { text } from 'reader'; console.log(await text);",
    });
    expect(printed).toBe('exports.beside = 1;');
  });

  it('as a whole when it loads JSON from a folder that it has in a variable', async () => {
    const { printed } = await builtAlone({
      'node_modules/lists/package.json': '{ "name": "lists", "version": "1.0.0", "main": "lib/index.js" }',
      'node_modules/lists/list.json': '{ "word": "listed" }',
      'node_modules/lists/lib/index.js': `const path = require('node:path'); const state = {}; const start = () => { state.root = path.join(__dirname, '..'); };
        start(); const { root } = state; exports.word = require(path.join(root, 'list.json')).word;`,
      'main.ts': "import { word } from 'lists'; console.log(word);",
    });
    expect(printed).toBe('listed');
  });

  it('and is one instance, also for modules that are shipped as assets', async () => {
    const { printed } = await builtAlone(
      {
        ...reader,
        'package.json': '{ "type": "module" }',
        'routes/one.js': `import { loaded } from 'words'; import { text } from '../text.js'; export default loaded + text;`,
        'text.js': `export const text = ' from a module beside it';`,
        'main.ts': `import { loaded } from 'words'; const folder = new URL('routes/', import.meta.url);
          const { readdirSync } = await import('node:fs');
          for (const file of readdirSync(folder)) console.log(loaded, (await import(new URL(file, folder).href)).default);`,
      },
      { assets: ['routes'] },
    );
    expect(printed).toBe('1 1 from a module beside it');
  });

  it('with the same bytes in another folder, and others when one of its files changes', async () => {
    const files = { ...reader, 'main.ts': `import { text } from 'reader'; console.log(text);` };
    const first = await builtAlone(files);
    expect((await builtAlone(files)).digest).toBe(first.digest);
    const changed = await builtAlone({ ...files, 'node_modules/reader/data/text.txt': 'changed' });
    expect(changed.printed).toBe('changed 2');
    expect(changed.digest).not.toBe(first.digest);
  });
});

describe('a package with native code', () => {
  const loading = `module.exports = () => require('node:fs').readdirSync(require('node:path').join(__dirname, 'prebuilds')).join();`;
  const prebuilt = (files: Record<string, Buffer>) => ({
    'main.ts': `import list from 'addon'; console.log(list());`,
    'node_modules/addon/package.json': '{ "name": "addon", "gypfile": true }',
    'node_modules/addon/index.js': loading,
    ...Object.fromEntries(
      Object.entries(files).map(([path, bytes]) => [`node_modules/addon/prebuilds/${path}`, bytes]),
    ),
  });

  it('is shipped with the code for the platform of the artefact alone', async () => {
    const { printed } = await builtAlone(prebuilt({ 'linux-x64.node': amd64, 'linux-arm64.node': arm64 }));
    expect(printed).toBe('linux-x64.node');
  });

  it('is refused where it is only there for another platform, before anything is written', async () => {
    expect(await refused(prebuilt({ 'linux-arm64.node': arm64 }))).toBe(
      'addon: prebuilds/linux-arm64.node runs on linux/arm64, and artefacts run on linux/amd64. Build on linux/amd64, as CI does, ' +
        'or install the package for it: npm install --os=linux --cpu=x64 --libc=glibc',
    );
  });

  it('of macOS is refused, too, with what installs the right one', async () => {
    expect(await refused(prebuilt({ 'addon.node': macos }))).toMatch(
      /^addon: prebuilds\/addon\.node runs on darwin\/arm64, and artefacts run on linux\/amd64\. .*npm install --os=linux --cpu=x64 --libc=glibc$/,
    );
    expect((await builtAlone(prebuilt({ 'addon.node': macos, 'linux.node': amd64 }))).printed).toBe(
      'linux.node',
    );
  });

  it('is taken from the package of the right platform, where npm has installed one for each', async () => {
    const part = (name: string, bytes: Buffer) => ({
      [`node_modules/@img/${name}/package.json`]: JSON.stringify({ name: `@img/${name}`, os: ['any'] }),
      [`node_modules/@img/${name}/lib.node`]: bytes,
      [`node_modules/@img/${name}/index.js`]: `exports.file = require('node:path').join(__dirname, 'lib.node');`,
    });
    const files = {
      'main.ts': `import 'image'; import { readdirSync } from 'node:fs';
        console.log(readdirSync(new URL('node_modules/@img', import.meta.url)).join());`,
      'node_modules/image/package.json':
        '{ "name": "image", "optionalDependencies": { "@img/image-linux-x64": "1", "@img/image-darwin-arm64": "1" } }',
      'node_modules/image/index.js': `try { require('@img/image-linux-x64') } catch {} try { require('@img/image-darwin-arm64') } catch {}`,
      ...part('image-darwin-arm64', arm64),
    };
    expect(await refused(files)).toContain('@img/image-darwin-arm64 does not run on linux/amd64');
    expect((await builtAlone({ ...files, ...part('image-linux-x64', amd64) })).printed).toBe(
      'image-linux-x64',
    );
  });
});

it('names a package of "external" that is not installed', async () => {
  const skill = await skillWith({ 'main.ts': '' });
  await expect(buildArtefact(skill, manifest({ external: ['gone'] }))).rejects.toThrow(
    'skill.json: external: "gone" is not installed. Install it: npm install gone',
  );
});

it('keeps the names of classes for frameworks that use them when the service runs', async () => {
  const { printed } = await builtAlone({
    'node_modules/reflect-metadata/package.json': '{ "name": "reflect-metadata" }',
    'node_modules/reflect-metadata/index.js': '',
    'main.ts': `import 'reflect-metadata'; class OrderService { id = 1 } class OutOfStock extends Error {}
      console.log(OrderService.name, new OrderService().constructor.name, new OutOfStock('x').constructor.name);`,
  });
  expect(printed).toBe('OrderService OrderService OutOfStock');
});
