import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Journal } from '../records/journal.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { lastEvents } from './last-events.js';

const at = '2026-01-01T00:00:00.000Z';

async function newJournal(): Promise<Journal> {
  return new Journal(join(await tempDirectory(), 'journal.jsonl'));
}

function active(skill: string, environment = 'local'): object {
  return { type: 'active', run: 'r', at, skill, environment, deploymentId: `d-${skill}` };
}

it('returns the last eight events, oldest first, of a journal of any length', async () => {
  const journal = await newJournal();
  for (let index = 0; index < 1_000; index += 1) journal.append(active(`skill-${index}`));
  const events = lastEvents(journal.path, 'local');
  expect(events.map(({ skill }) => skill)).toEqual(
    [992, 993, 994, 995, 996, 997, 998, 999].map((n) => `skill-${n}`),
  );
  expect(events[0]).toEqual({ at, skill: 'skill-992', text: 'deployment d-skill-992 is active' });
});

it('leaves out progress, other platforms, and incomplete lines', async () => {
  const journal = await newJournal();
  journal.append({ type: 'run-started', run: 'r', at, environment: 'local', skills: { a: {} } });
  journal.append(active('a', 'production'));
  journal.append(active('b'));
  journal.append({ ...active('c'), type: 'progress', phase: 'BUILDING', done: 1, total: 6 });
  await appendFile(journal.path, '{"type":"acti');
  expect(lastEvents(journal.path, 'local').map(({ skill }) => skill)).toEqual(['b']);
});

it('shows an event on one line, without control characters', async () => {
  const journal = await newJournal();
  const cause = {
    code: 'Failed',
    message: 'It said \u001b[31mno\u001b[0m.\nAnd more.',
    logTail: ['last words'],
  };
  const result = { skill: 'a', outcome: 'failed', action: 'create', digest: '-', durationMs: 1200, cause };
  journal.append({ type: 'finished', run: 'r', at, skill: 'a', environment: 'local', result });
  expect(lastEvents(journal.path, 'local')).toEqual([
    { at, skill: 'a', text: 'failed after 1.2 s: Failed: It said no.' },
  ]);
});

it('is empty before the first run', async () => {
  expect(lastEvents((await newJournal()).path, 'local')).toEqual([]);
});
