import { execa } from 'execa';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const tools = join(import.meta.dirname, '../..');

const failing = `import { expect, it } from 'vitest';
it('passes', () => {});
it('adds', () => expect(1 + 1).toBe(3));
it.each([1, 2])('starts %s', () => { throw new Error('no port\\nis free'); });`;

it('npm test ends with the failed tests and the first line of each error', async () => {
  // Below this package, so that vitest is found.
  const folder = await mkdtemp(join(tools, 'e2e/dist/failures-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'vitest.config.js'), 'export default {};');
  await writeFile(join(folder, 'sum.test.js'), failing);
  const vitest = ['vitest', 'run', '--root', folder];
  const { all } = await execa('npx', vitest, { cwd: tools, all: true, reject: false, env: { CI: 'true' } });
  const nx = ['> nx run sum:test', all, 'Failed tasks:', '', '- sum:test', '- other:test', ''].join('\n');
  const { stdout } = await execa('node', [join(tools, 'failures.js')], { input: nx });
  expect(stdout.split('\n')).toEqual([
    'sum:test sum.test.js > adds',
    '    AssertionError: expected 2 to be 3 // Object.is equality',
    'sum:test sum.test.js > starts 1',
    '    Error: no port',
    'sum:test sum.test.js > starts 2',
    '    Error: no port',
    'other:test failed without a failed test',
  ]);
});
