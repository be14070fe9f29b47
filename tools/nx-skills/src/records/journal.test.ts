import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
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

it('reads on from where the last reader stopped', async () => {
  const journal = await newJournal();
  journal.append({ n: 1 });
  const { offset } = journal.readFrom(0);
  journal.append({ n: 2, text: 'Zürich' });
  expect(journal.readFrom(offset).lines).toEqual(['{"n":2,"text":"Zürich"}']);
  expect(journal.readFrom(offset).offset).toBe(journal.size());
});

it('leaves a torn last line for later, and loses nothing that comes after it', async () => {
  const journal = await newJournal();
  journal.append({ n: 1 });
  await appendFile(journal.path, '{"n":');
  expect(journal.readFrom(0).lines).toEqual(['{"n":1}']);
  journal.append({ n: 2 });
  expect(journal.readFrom(0).lines).toEqual(['{"n":1}', '{"n":', '{"n":2}']);
});
