import { execa } from 'execa';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { skillManifestSchema } from '../manifest/manifest.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { buildArtefact } from './build-artefact.js';

const manifest = skillManifestSchema.parse({
  id: 'shop',
  version: '1.0.0',
  description: 'Sells.',
  runtime: 'node',
  entry: 'src/main.ts',
});

/** Packages that are there in every case: a driver with a helper of its own, and one that others use as well. */
const packages = {
  'node_modules/driver/package.json': '{ "name": "driver", "main": "lib/index.js" }',
  'node_modules/driver/lib/index.js': `console.log('driver loaded'); const helper = require('helper');
    exports.connect = () => helper.name + ' in ' + require('node:path').basename(__dirname);`,
  'node_modules/helper/package.json': '{ "name": "helper", "main": "index.js" }',
  'node_modules/helper/index.js': `exports.name = 'helper'; exports.count = 0;`,
};

/** @returns what the artefact prints where it has nothing but its own files, and the names of these */
async function built(main: string, more: Record<string, string> = {}) {
  const workspace = await tempDirectory();
  for (const [path, text] of Object.entries({ ...packages, ...more, 'skills/shop/src/main.ts': main })) {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    await writeFile(join(workspace, path), text);
  }
  const { digest } = await buildArtefact(join(workspace, 'skills/shop'), manifest);
  const alone = join(await tempDirectory(), 'app');
  await cp(join(workspace, 'skills/shop/dist/bundle'), alone, { recursive: true });
  const { stdout } = await execa(process.execPath, ['--enable-source-maps', 'main.mjs'], {
    cwd: alone,
    env: { FORCE_COLOR: '0' },
  });
  const files = (await readdir(join(alone, 'src'))).filter((name) => !name.endsWith('.map')).sort();
  return { digest, stdout: stdout.split('\n'), files };
}

describe('a package that is loaded by import() alone', () => {
  const late = `console.log('started');
    const { connect, default: all } = await import('driver');
    console.log(connect(), all.connect === connect, (await import('driver')).connect === connect);`;

  it('has a file of its own, which is loaded when it is used, and returns what Node returns', async () => {
    const { stdout, files } = await built(late);
    expect(files).toEqual(['main.driver.cjs', 'main.mjs']);
    expect(stdout).toEqual(['started', 'driver loaded', 'helper in lib true true']);
  });

  it('has a file of its own as an ES module, too, with all that it exports', async () => {
    const { stdout, files } = await built(late, {
      'node_modules/driver/package.json': '{ "name": "driver", "type": "module", "main": "lib/index.js" }',
      'node_modules/driver/lib/index.js': `console.log('driver loaded'); import helper from 'helper';
        import { dirname, basename } from 'node:path'; import { fileURLToPath } from 'node:url';
        export const connect = () => helper.name + ' in ' + basename(dirname(fileURLToPath(import.meta.url)));
        export default { connect };`,
    });
    expect(files).toEqual(['main.driver.mjs', 'main.mjs']);
    expect(stdout).toEqual(['started', 'driver loaded', 'helper in lib true true']);
  });

  it('has its WebAssembly in a file of its own, whose bytes are read when they are used', async () => {
    const { stdout, files } = await built(
      `console.log((await import('driver/code.wasm')).default.length, (await import('driver')).connect());`,
      { 'node_modules/driver/code.wasm': 'eight by' },
    );
    expect(files).toEqual(['main.driver-code.wasm.mjs', 'main.driver.cjs', 'main.mjs']);
    expect(stdout).toEqual(['driver loaded', '8 helper in lib']);
  });

  it('is built to the same bytes in any folder', async () => {
    expect((await built(late)).digest).toBe((await built(late)).digest);
  });

  it.each<[string, string, Record<string, string>]>([
    ['shares a module with the rest, of which there must be one', `import 'helper';\n${late}`, {}],
    [
      'shares a module with another such package',
      `import('other').then(({ name }) => console.log(name));\n${late}`,
      {
        'node_modules/other/package.json': '{ "name": "other", "main": "index.js" }',
        'node_modules/other/index.js': `exports.name = require('helper').name;`,
      },
    ],
    ['is imported by another name, too', `await import('driver/lib/index.js');\n${late}`, {}],
    ['is imported by name as well', `import { connect as first } from 'driver';\nfirst();\n${late}`, {}],
  ])('stays in the bundle if it %s', async (_, main, more) => {
    const { stdout, files } = await built(main, more);
    expect(files).toEqual(['main.mjs']);
    expect(stdout.filter((line) => line === 'driver loaded')).toHaveLength(1);
    expect(stdout).toContain('helper in lib true true');
  });

  it('does not get the file of another one, whose name would be the same', async () => {
    const { stdout, files } = await built(
      `console.log((await import('driver-code.js')).name, (await import('driver/code.js')).name);`,
      {
        'node_modules/driver/code.js': `exports.name = 'code of driver';`,
        'node_modules/driver-code.js/package.json': '{ "name": "driver-code.js", "main": "index.js" }',
        'node_modules/driver-code.js/index.js': `exports.name = 'driver-code';`,
      },
    );
    expect(files).toEqual(['main.driver-code.js.cjs', 'main.mjs']);
    expect(stdout).toEqual(['driver-code code of driver']);
  });

  it('is reported with the rest if something is missing: all that is to be installed at once', async () => {
    const missing = built(`import 'one';\n${late}`, {
      'node_modules/driver/lib/index.js': "require('two');",
    });
    await expect(missing).rejects.toThrow(/npm install (?:one two|two one)$/);
  });
});
