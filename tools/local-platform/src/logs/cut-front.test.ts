import { access, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type ProcessGroup, startGroup } from '../process/process-group.js';
import { temporaryFolder } from '../testing/platform.test.helper.js';
import { LogCaps } from './log-caps.js';
import { readLog, readTail } from './read-log.js';

const limit = { most: 256 * 1024, kept: 64 * 1024 };
const total = process.env['NIGHTLY'] ? 60_000 : 20_000;

/**
 * Prints numbered lines, a thousand at once; two of its children do so too. Each stops at the number in the file `ALLOWED`, if there is
 * one, until that is higher.
 */
const counting = `
  const { spawn } = require('node:child_process');
  const { readFileSync } = require('node:fs');
  const allowed = () => (process.env.ALLOWED ? Number(readFileSync(process.env.ALLOWED)) : ${total});
  const name = process.argv[1] ?? 'a';
  if (name === 'a') for (const other of ['b', 'c']) spawn(process.execPath, ['-e', process.env.SELF, other], { stdio: 'inherit' });
  const print = (n) => {
    if (n >= allowed()) return setTimeout(print, 10, n);
    for (let end = n + 1000; n < end; n++) console.log(name + ' ' + n);
    if (n < ${total}) setTimeout(print, 10, n);
  };
  print(0);
`;

async function startCounting(file: string, env: Record<string, string> = {}): Promise<ProcessGroup> {
  return startGroup({
    command: [process.execPath, '-e', counting],
    cwd: '/',
    env: { SELF: counting, ...env },
    output: file,
  });
}

/** Cuts repeatedly until the process has ended, and once more. @returns how often it was too large */
async function cutUntilItEnds(file: string, caps: LogCaps, group: ProcessGroup): Promise<void> {
  let over = false;
  const ended = group.exited.then(() => (over = true));
  while (!over) await caps.cut([file]);
  await ended;
  await group.stop({ graceMs: 0 });
  await caps.cut([file]);
}

/** The numbers of one of the writers, in the order of the log. */
function numbersOf(writer: string, lines: readonly string[]): number[] {
  return lines.flatMap((line) => {
    const [, name, number] = /^([abc]) (\d+)\n$/.exec(line) ?? [];
    return name === writer ? [Number(number)] : [];
  });
}

function expectNoneLost(lines: readonly string[], from?: number): void {
  for (const writer of ['a', 'b', 'c']) {
    const numbers = numbersOf(writer, lines);
    const first = from ?? numbers[0] ?? total;
    expect(numbers).toEqual(Array.from({ length: total - first }, (_, n) => first + n));
  }
}

/** A folder on tmpfs, which cannot shorten a file in front; none where there is no tmpfs. */
const onTmpfs = await access('/dev/shm').then(
  () => mkdtemp('/dev/shm/local-platform-'),
  () => undefined,
);
afterAll(async () => {
  if (onTmpfs) await rm(onTmpfs, { recursive: true });
});

const places: [string, () => Promise<string>][] = [
  ['', temporaryFolder],
  ...(onTmpfs && process.env['NIGHTLY']
    ? [[' on tmpfs', async () => onTmpfs] as [string, () => Promise<string>]]
    : []),
];

describe.each(places)('a log that is cut%s while three processes write to it', (_, folder) => {
  it('loses only its beginning, and stays small', { timeout: 60_000 }, async () => {
    const file = join(await folder(), 'cut.log');
    const caps = new LogCaps(limit);
    await cutUntilItEnds(file, caps, await startCounting(file));

    const lines: string[] = [];
    for await (const line of readLog(file, { caps })) lines.push(line);
    expect(lines[0]).toMatch(/^\[local-platform\] earlier lines were deleted/);
    expect(lines.slice(1).filter((line) => !/^[abc] \d+\n$/.test(line))).toEqual([]);
    // Lines of one writer that were kept follow each other up to its last one.
    for (const writer of ['a', 'b', 'c']) {
      const numbers = numbersOf(writer, lines);
      expect(numbers).toEqual(numbers.map((_n, index) => (numbers[0] ?? 0) + index));
    }
    expect(lines.at(-1)).toMatch(new RegExp(`^[abc] ${total - 1}\n$`));
    expect((await stat(file)).blocks * 512).toBeLessThanOrEqual(limit.most + 8192);
    expect(await readTail(file, 3)).toEqual(lines.slice(-3));
  });

  if (process.env['NIGHTLY']) {
    it('delivers every line once to a reader that follows it', { timeout: 180_000 }, async () => {
      const file = join(await folder(), 'followed.log');
      const caps = new LogCaps({ most: 1_000_000, kept: 900_000 });
      // No writer is so far ahead of the reader that a cut deletes what was not read: 30,000 lines of each are 720 kB.
      const [ahead, allowed] = [30_000, join(await temporaryFolder(), 'allowed')];
      await writeFile(allowed, String(ahead));
      const group = await startCounting(file, { ALLOWED: allowed });
      let over = false;
      const cutting = cutUntilItEnds(file, caps, group).then(() => (over = true));
      const follow = { signal: new AbortController().signal, isOver: () => over };
      const lines: string[] = [];
      const read = new Map([...'abc'].map((writer) => [writer, 0]));
      for await (const line of readLog(file, { follow, caps })) {
        lines.push(line);
        read.set(line[0] ?? '', Number(line.slice(2)));
        if (line.endsWith('000\n')) await writeFile(allowed, String(Math.min(...read.values()) + ahead));
      }
      await cutting;
      expectNoneLost(lines, 0);
    });
  }
});

describe('a log that is cut', () => {
  it('notes it in place of the deleted lines, and has no partial line', async () => {
    const file = join(await temporaryFolder(), 'run.log');
    await writeLines(file, 50_000);
    await new LogCaps(limit).cut([file]);
    const text = await readFile(file, 'utf8');
    const [first = '', second = ''] = text.split('\n');
    expect(first.trim()).toBe('[local-platform] earlier lines were deleted: the log was full');
    expect(second).toMatch(/^a \d+$/);
    expect(text.endsWith('a 49999\n')).toBe(true);
    expect(text.length).toBeLessThanOrEqual(limit.most);
  });

  it('restarts empty if the file system supports neither way, or without the tool', async () => {
    const file = join(await temporaryFolder(), 'run.log');
    await writeLines(file, 50_000);
    const path = process.env['PATH'];
    try {
      process.env['PATH'] = '/nowhere';
      await new LogCaps(limit).cut([file]);
    } finally {
      process.env['PATH'] = path;
    }
    expect((await stat(file)).size).toBe(0);
  });

  it('is unchanged if it is small, and may be missing', async () => {
    const file = join(await temporaryFolder(), 'run.log');
    await writeLines(file, 100);
    const before = await readFile(file, 'utf8');
    await new LogCaps(limit).cut([file, `${file}.none`]);
    expect(await readFile(file, 'utf8')).toBe(before);
  });
});

async function writeLines(file: string, count: number): Promise<void> {
  const handle = await open(file, 'a');
  await handle.writeFile(Array.from({ length: count }, (_, n) => `a ${n}\n`).join(''));
  await handle.close();
}
