import { appendFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/platform.test.helper.js';
import { LogCaps } from './log-caps.js';
import { readLines } from './read-log.js';

async function logOf(text: string): Promise<string> {
  const file = join(await temporaryFolder(), 'run.log');
  await writeFile(file, text);
  return file;
}

/** Each line of a log with its time, in seconds since 1970. */
async function timesOf(file: string, caps: LogCaps): Promise<[string, number][]> {
  const lines: [string, number][] = [];
  for await (const { text, at } of readLines(file, { caps }))
    lines.push([text.trimEnd(), (at ?? NaN) / 1000]);
  return lines;
}

/** Writes to a log as if it were that time, and has it seen. */
async function printAt(file: string, text: string, second: number, caps?: LogCaps): Promise<void> {
  await appendFile(file, text);
  await utimes(file, second, second);
  await caps?.cut([file]);
}

describe('the time of a log line', () => {
  it('is when it was written, independent of when and by which process it is read', async () => {
    const [file, caps] = [await logOf(''), new LogCaps()];
    await printAt(file, 'one\ntwo\n', 1_000, caps);
    await printAt(file, 'begun ', 2_000, caps);
    await printAt(file, 'and ended\nthree\n', 3_000, caps);
    const expected = [
      ['one', 1_000],
      ['two', 1_000],
      ['begun and ended', 2_000],
      ['three', 3_000],
    ];
    expect(await timesOf(file, caps)).toEqual(expected);
    expect(await timesOf(file, new LogCaps())).toEqual(expected);
  });

  it('of lines written while no process watched is that of the last one', async () => {
    const file = await logOf('');
    await printAt(file, 'seen\n', 1_000, new LogCaps());
    await printAt(file, 'one\n', 2_000);
    await printAt(file, 'two\n', 3_000);
    expect(await timesOf(file, new LogCaps())).toEqual([
      ['seen', 1_000],
      ['one', 3_000],
      ['two', 3_000],
    ]);
  });

  it('is kept when the start of the log is cut off or the log is renamed', async () => {
    const [file, caps] = [await logOf(''), new LogCaps({ most: 60_000, kept: 30_000 })];
    for (let second = 1; second <= 100; second++) {
      await printAt(file, `line ${second} ${'x'.repeat(990)}\n`, second, caps);
    }
    const kept = async (log: string, by: LogCaps) =>
      (await timesOf(log, by)).filter(([text]) => text.startsWith('line'));
    const fits = (lines: [string, number][]) => lines.every(([text, at]) => text.startsWith(`line ${at} `));
    expect((await kept(file, caps)).length).toBeGreaterThan(20);
    expect(await kept(file, caps)).toSatisfy(fits);
    expect(await kept(file, new LogCaps())).toSatisfy(fits);

    await rename(file, `${file}.earlier`);
    await caps.times.renamed(file, `${file}.earlier`);
    await printAt(file, 'new\n', 500, caps);
    expect(await kept(`${file}.earlier`, caps)).toSatisfy(fits);
    expect(await kept(`${file}.earlier`, new LogCaps())).toSatisfy(fits);
    expect(await timesOf(file, caps)).toEqual([['new', 500]]);
  });

  it("is never later than now, and is the file's time if none was recorded", async () => {
    const file = await logOf('');
    await printAt(file, 'one\n', Date.now() / 1000 + 3_600, new LogCaps());
    const [[, at = NaN] = []] = await timesOf(file, new LogCaps());
    expect(at * 1000).toBeLessThanOrEqual(Date.now());
    await rm(`${file}.times`);
    await utimes(file, 7, 7);
    expect(await timesOf(file, new LogCaps())).toEqual([['one', 7]]);
  });

  it('needs bounded space even if each check finds a new line', async () => {
    const [file, caps] = [await logOf(''), new LogCaps()];
    const log = await caps.times.note(file);
    for (let n = 1; n <= 100_000; n++) void log?.note({ ino: 0, size: n, mtimeMs: n });
    expect(log?.between(0, 100_000).length).toBeLessThan(20_000);
    expect(log?.between(99_000, 99_001)).toEqual([{ end: 99_001, at: 99_001 }]);
    await log?.note({ ino: 0, size: 100_001, mtimeMs: 100_001 });
  });
});
