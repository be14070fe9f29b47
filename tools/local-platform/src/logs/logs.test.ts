import { appendFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/platform.test.helper.js';
import { LogCaps } from './log-caps.js';
import { formatPositions, type LogPosition, parsePositions } from './log-position.js';
import { readLines, readLog, readTail } from './read-log.js';

describe('reading a log', () => {
  async function logOf(text: string): Promise<string> {
    const file = join(await temporaryFolder(), 'run.log');
    await writeFile(file, text);
    return file;
  }

  it('returns the same lines, wherever a chunk ends', async () => {
    const text = `${'é'.repeat(70_000)}\n${'line\n'.repeat(30_000)}no end`;
    const lines: string[] = [];
    for await (const line of readLog(await logOf(text))) lines.push(line);
    expect(lines.join('')).toBe(text);
    expect(lines).toHaveLength(30_002);
  });

  it('returns the last lines, or all if there are fewer, or none of a missing file', async () => {
    const file = await logOf('one\ntwo\nthree\n');
    expect(await readTail(file, 2)).toEqual(['two\n', 'three\n']);
    expect(await readTail(file, 9)).toHaveLength(3);
    expect(await readTail(`${file}.none`, 9)).toEqual([]);
  });

  it('returns lines with zero bytes, at the beginning of the log and elsewhere', async () => {
    const text = `\0\u0001one\n${'a\n'.repeat(7_230)}\0\n${'b\n'.repeat(32_765)}end\n`;
    const file = await logOf(text);
    const lines: string[] = [];
    for await (const line of readLog(file)) lines.push(line);
    expect(lines.join('')).toBe(text);
    // Of all offsets at which a part is read from the end, one has the zero.
    expect(await readTail(file, 35_000)).toHaveLength(35_000);
  });

  it('follows what is added until the deployment is over', async () => {
    const file = await logOf('one\n');
    let over = false;
    const lines: string[] = [];
    const follow = { signal: new AbortController().signal, isOver: () => over };
    for await (const line of readLog(file, { follow })) {
      lines.push(line);
      if (line === 'one\n') await appendFile(file, 'two\n');
      if (line === 'two\n') over = true;
    }
    expect(lines).toEqual(['one\n', 'two\n']);
  });

  it('stops following at once when aborted', async () => {
    const stop = new AbortController();
    const follow = { signal: stop.signal, isOver: () => false };
    for await (const line of readLog(await logOf('one\n'), { follow })) {
      expect(line).toBe('one\n');
      stop.abort();
    }
  });
});

describe('a reader that was interrupted', () => {
  const numbered = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => `line ${from + index} ${'x'.repeat(index % 90)}\n`).join(
      '',
    );

  /** The place after the line with a number. */
  async function placeAfter(file: string, number: number): Promise<LogPosition> {
    for await (const line of readLines(file)) {
      if (line.text.startsWith(`line ${number} `)) return line.position();
    }
    throw new Error(`There is no line ${number}.`);
  }

  async function numbersAfter(file: string, position: LogPosition): Promise<number[]> {
    const [[, sent] = []] = [...parsePositions(formatPositions(new Map([['web', position]])))];
    const follow = {
      signal: new AbortController().signal,
      isOver: () => true,
      after: { position: sent ?? position, earlier: `${file}.earlier` },
    };
    const numbers: number[] = [];
    for await (const line of readLog(file, { follow })) {
      const [, number] = /^line (\d+) x*\n$/.exec(line) ?? [];
      if (number !== undefined) numbers.push(Number(number));
    }
    return numbers;
  }

  const upFrom = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

  it('continues after the last line that it received', async () => {
    const file = join(await temporaryFolder(), 'run.log');
    await writeFile(file, numbered(0, 1_000));
    expect(await numbersAfter(file, await placeAfter(file, 600))).toEqual(upFrom(601, 1_000));
    expect(await numbersAfter(file, await placeAfter(file, 999))).toEqual([]);
  });

  it('continues even if the log was cut or renamed meanwhile', async () => {
    const file = join(await temporaryFolder(), 'run.log');
    await writeFile(file, numbered(0, 10_000));
    const [kept, gone] = [await placeAfter(file, 9_000), await placeAfter(file, 10)];
    await appendFile(file, numbered(10_000, 12_000));
    await new LogCaps({ most: 300_000, kept: 280_000 }).cut([file]);
    expect(await numbersAfter(file, kept)).toEqual(upFrom(9_001, 12_000));
    const rest = await numbersAfter(file, gone);
    expect(rest).toEqual(upFrom(rest[0] ?? 0, 12_000));

    await rename(file, `${file}.earlier`);
    await writeFile(file, numbered(0, 10));
    expect(await numbersAfter(file, kept)).toEqual([...upFrom(9_001, 12_000), ...upFrom(0, 10)]);
  });

  it('starts at the beginning of a log that it has not read yet', async () => {
    const file = join(await temporaryFolder(), 'run.log');
    await writeFile(file, numbered(0, 10));
    expect(await numbersAfter(file, { file: 1, offset: 7, line: '000000000000' })).toEqual(upFrom(0, 10));
    expect(parsePositions('web=1.2,web=x,=1.2.3').size).toBe(0);
  });
});
