import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claim } from './claim.js';
import { identify, type ProcessIdentity } from './process.js';
import { makeFolder, read, startNode } from './process.test.helper.js';

const many = process.env['NIGHTLY'] ? 20 : 8;

describe('claim', () => {
  it(`loses none of ${many} x 20 increments by ${many} processes`, { timeout: 60_000 }, async () => {
    const folder = await makeFolder();
    await writeFile(join(folder, 'counter'), '0');
    const script = `
      import { readFile, writeFile } from 'node:fs/promises';
      import { claim } from './claim.js';
      for (let i = 0; i < 20; i++) {
        const { release } = await claim('lock');
        await writeFile('counter', String(Number(await readFile('counter', 'utf8')) + 1));
        await release();
      }`;
    // Start listening at once: the first may end while the last are being started.
    const run = async () => once(await startNode(folder, script), 'exit');
    const codes = await Promise.all(Array.from({ length: many }, run));
    expect(codes).toEqual(codes.map(() => [0, null]));
    expect(await read(join(folder, 'counter'))).toBe(String(many * 20));
    expect((await stat(join(folder, 'lock'))).size).toBe(0);
  });

  it('passes on at once when its holder is killed', async () => {
    const folder = await makeFolder();
    const script = `
      import { claim } from './claim.js';
      await claim('lock');
      process.stdout.write('held');
      setInterval(() => {}, 1000);`;
    const holder = await startNode(folder, script);
    await once(holder.stdout as NodeJS.ReadableStream, 'data');
    const waitedFor: ProcessIdentity[] = [];
    const next = claim(join(folder, 'lock'), { onWait: (identity) => waitedFor.push(identity) });
    await expect.poll(() => waitedFor).toEqual([await identify(holder.pid as number)]);
    holder.kill('SIGKILL');
    const begin = performance.now();
    await (await next).release();
    expect(performance.now() - begin).toBeLessThan(2000);
    expect((await stat(join(folder, 'lock'))).size).toBe(0);
  });

  it('keeps claims of one process apart, first come, first served', async () => {
    const file = join(await makeFolder(), 'lock');
    const order: number[] = [];
    let holders = 0;
    const first = await claim(file);
    const others: Promise<void>[] = [];
    for (const turn of [1, 2, 3, 4]) {
      others.push(
        claim(file).then(async ({ release }) => {
          expect(++holders).toBe(1);
          order.push(turn);
          await new Promise((resolve) => setImmediate(resolve));
          holders--;
          await release();
        }),
      );
      await expect.poll(async () => (await read(file)).match(/"pid"/g)?.length).toBe(turn + 1);
    }
    expect(order).toEqual([]);
    await first.release();
    await first.release();
    await Promise.all(others);
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('gives up its place when the wait is aborted', async () => {
    const file = join(await makeFolder(), 'lock');
    const first = await claim(file);
    const abort = new AbortController();
    const gaveUp = claim(file, { signal: abort.signal, onWait: () => abort.abort(new Error('enough')) });
    await expect(gaveUp).rejects.toThrow('enough');
    await expect(claim(file, { signal: abort.signal })).rejects.toThrow('enough');
    await first.release();
    await (await claim(file)).release();
  });

  it('ignores a line that a crash has torn, and makes the folder that it needs', async () => {
    const folder = await makeFolder();
    const file = join(folder, 'new', 'lock');
    await (await claim(file)).release();
    await writeFile(file, '\n{"id":"a","pid":1,"startTi');
    const held = await claim(file);
    let waited = false;
    const next = claim(file, { onWait: () => (waited = true) });
    await expect.poll(() => waited).toBe(true);
    await held.release();
    await (await next).release();
  });
});
