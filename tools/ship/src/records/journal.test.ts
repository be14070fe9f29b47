import fc from 'fast-check';
import { mkdirSync, renameSync } from 'node:fs';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { tempDirectory } from '../test-support/temp-directory.js';
import { Journal } from './journal.js';

async function newJournal(): Promise<Journal> {
  return new Journal(join(await tempDirectory(), 'records/journal.jsonl'));
}

it('is empty before the first line', async () => {
  const journal = await newJournal();
  expect(journal.readFrom(0)).toEqual({ lines: [], offset: 0 });
  expect(journal.size()).toBe(0);
});

it('continues where the last reader stopped', async () => {
  const journal = await newJournal();
  journal.append({ n: 1 });
  const { offset } = journal.readFrom(0);
  journal.append({ n: 2, text: 'Zürich' });
  expect(journal.readFrom(offset).lines).toEqual(['{"n":2,"text":"Zürich"}']);
  expect(journal.readFrom(offset).offset).toBe(journal.size());
});

it('leaves an incomplete last line for later, and loses nothing after it', async () => {
  const journal = await newJournal();
  journal.append({ n: 1 });
  await appendFile(journal.path, '{"n":');
  expect(journal.readFrom(0).lines).toEqual(['{"n":1}']);
  journal.append({ n: 2 });
  expect(journal.readFrom(0).lines).toEqual(['{"n":1}', '{"n":', '{"n":2}']);
});

it('gives the same lines in parts of any size', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(fc.array(text), fc.integer({ min: 1, max: 100 }), async (texts, partBytes) => {
      const { path } = await newJournal();
      const journal = new Journal(path, partBytes);
      for (const one of texts) journal.append([one]);
      const read: unknown[] = [];
      for (let offset = 0; offset < journal.size();) {
        const part = journal.readFrom(offset);
        read.push(...part.lines.map((line) => JSON.parse(line) as unknown));
        offset = part.offset;
      }
      expect(read).toEqual(texts.map((one) => [one]));
    }),
    { numRuns: 50 },
  );
});

/** The time of the nth record. */
function timeOf(n: number): string {
  return new Date(Date.UTC(2026, 0, 1) + n).toISOString();
}

it('reads what is new from the end of a long journal, and not all of it', async () => {
  const journal = await newJournal();
  const records = Array.from({ length: 5_000 }, (_, n) => ({ at: timeOf(n), text: 'x'.repeat(100) }));
  for (const record of records) journal.append(record);
  for (const n of [4_999, 4_000, 1_000, 0]) {
    const lines = journal.readSince(timeOf(n));
    expect(lines.slice(n - 5_000)).toEqual(records.slice(n).map((record) => JSON.stringify(record)));
  }
  expect(journal.readSince(timeOf(4_999)).length).toBeLessThan(1_000);
  expect(journal.readSince(timeOf(6_000)).length).toBeLessThan(1_000);
});

it('reads everything if no line has a time', async () => {
  const journal = await newJournal();
  await mkdir(dirname(journal.path));
  await writeFile(journal.path, `${'no record\n'.repeat(20_000)}`);
  expect(journal.readSince(timeOf(0))).toHaveLength(20_000);
});

it('leaves out no file that is rotated while the end of the journal is read', async () => {
  /** Another process rotates the journal at the moment when the rotated files are listed. */
  class RotatedMeanwhile extends Journal {
    override archived(): string[] {
      const listed = super.archived();
      mkdirSync(this.archives, { recursive: true });
      if (this.size() > 0) renameSync(this.path, join(this.archives, '2026-01-01T00-00-00.000Z.jsonl'));
      return listed;
    }
  }
  const { path } = await newJournal();
  const journal = new RotatedMeanwhile(path);
  journal.append({ n: 1 });
  expect(journal.readLast(1024)).toEqual(['{"n":1}']);
});
