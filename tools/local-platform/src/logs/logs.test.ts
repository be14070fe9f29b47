import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/platform.test.helper.js';
import { readLog, readTail } from './read-log.js';

describe('reading a log', () => {
  async function logOf(text: string): Promise<string> {
    const file = join(await temporaryFolder(), 'run.log');
    await writeFile(file, text);
    return file;
  }

  it('gives the same text, line by line, wherever a chunk ends', async () => {
    const text = `${'é'.repeat(70_000)}\n${'line\n'.repeat(30_000)}no end`;
    const lines: string[] = [];
    for await (const line of readLog(await logOf(text))) lines.push(line);
    expect(lines.join('')).toBe(text);
    expect(lines).toHaveLength(30_002);
  });

  it('gives the last lines, or all where there are fewer, or none of a missing file', async () => {
    const file = await logOf('one\ntwo\nthree\n');
    expect(await readTail(file, 2)).toEqual(['two\n', 'three\n']);
    expect(await readTail(file, 9)).toHaveLength(3);
    expect(await readTail(`${file}.none`, 9)).toEqual([]);
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

  it('stops following at once when told to', async () => {
    const stop = new AbortController();
    const follow = { signal: stop.signal, isOver: () => false };
    for await (const line of readLog(await logOf('one\n'), { follow })) {
      expect(line).toBe('one\n');
      stop.abort();
    }
  });
});
