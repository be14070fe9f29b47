import { execa } from 'execa';
import { hash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

/** The compiled one: `npm run compile` first. */
const loader = join(import.meta.dirname, '../../dist/executors/load-bundle.js');
const code = `targets.cjs.greet-${process.version}-${process.arch}.code`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-'));
  await writeFile(
    join(folder, 'targets.cjs'),
    `(function (exports, require, __import) {
    const { sep } = require('node:path');
    exports.greet = () => ({
      async *batch(...names) {
        const { basename } = await __import('node:path');
        for (const name of names) yield basename('a' + sep + name);
      },
    });
    })`,
  );
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs a batch as Nx does, in a process of its own: V8 compiles a text only once in each. */
async function greeted(): Promise<string> {
  const run = `import { loadTarget } from ${JSON.stringify(loader)};
    const { batch } = loadTarget(${JSON.stringify(join(folder, 'targets.cjs'))}, 'greet');
    for await (const name of batch('Ada', 'Grace')) console.log(name);`;
  return (await execa(process.execPath, ['--input-type=module', '-e', run])).stdout;
}

it('runs a target, and again with the code that its first batch has left', async () => {
  expect(await greeted()).toBe('Ada\nGrace');
  expect((await readdir(folder)).sort()).toEqual(['targets.cjs', code]);
  const left = await readFile(join(folder, code));
  expect(await greeted()).toBe('Ada\nGrace');
  expect(await readFile(join(folder, code))).toEqual(left);
});

it.each([
  ['cut off', (whole: Buffer) => whole.subarray(0, 100)],
  [
    'changed in one byte',
    (whole: Buffer) => Buffer.concat([whole.subarray(0, -9), Buffer.from([7]), whole.subarray(-8)]),
  ],
])('compiles again where the code is %s, and replaces it', async (_, damaged) => {
  await greeted();
  const whole = await readFile(join(folder, code));
  await writeFile(join(folder, code), damaged(whole));
  expect(await greeted()).toBe('Ada\nGrace');
  const [digest, rest] = await keptCode();
  expect(hash('sha256', rest, 'hex')).toBe(digest);
  expect(rest.length).toBeGreaterThan(100);
});

async function keptCode(): Promise<[digest: string, rest: Buffer]> {
  const kept = await readFile(join(folder, code));
  return [kept.subarray(0, 32).toString('hex'), kept.subarray(32)];
}

it('also runs where the code cannot be written', async () => {
  await mkdir(join(folder, code, 'taken'), { recursive: true });
  expect(await greeted()).toBe('Ada\nGrace');
  expect((await readdir(folder)).sort()).toEqual(['targets.cjs', code]);
});
