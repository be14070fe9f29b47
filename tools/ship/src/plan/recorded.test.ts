import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Journal } from '../records/journal.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { readRecorded } from './recorded.js';

const common = { at: '2026-01-01T00:00:00.000Z', run: 'deploy-1', environment: 'local' };

async function journalOf(...records: object[]): Promise<Journal> {
  // Small parts, so that a short journal is read in several parts.
  const journal = new Journal(join(await tempDirectory(), 'journal.jsonl'), 256);
  for (const record of records) journal.append({ ...common, ...record });
  return journal;
}

const written = (skill: string, deploymentId: string): object => ({
  type: 'written',
  skill,
  deploymentId,
  action: 'update',
  appId: 'app',
});
const active = (skill: string, deploymentId: string): object => ({ type: 'active', skill, deploymentId });

it('knows every deployment that was made here, and which was live last', async () => {
  const journal = await journalOf(
    written('a', '1'),
    active('a', '1'),
    written('b', 'other'),
    written('a', '2'),
    active('a', '2'),
    { ...written('a', 'elsewhere'), environment: 'production' },
    // It failed, so it was never live.
    written('a', '3'),
  );
  const recorded = readRecorded(journal, 'local');
  expect(recorded.get('a')).toEqual({
    deployments: new Set(['1', '2', '3']),
    live: '2',
    rollbacks: new Map(),
  });
  expect(recorded.get('b')?.live).toBeUndefined();
});

it('counts an unchanged deployment as its own', async () => {
  const planned = { type: 'planned', skill: 'a', changes: [] };
  const journal = await journalOf(
    written('a', '1'),
    active('a', '1'),
    { ...planned, action: 'none', deploymentId: '2' },
    { ...planned, action: 'follow', deploymentId: '3' },
  );
  expect(readRecorded(journal, 'local').get('a')).toMatchObject({
    deployments: new Set(['1', '2', '3']),
    live: '2',
  });
});

it('knows what a rollback has restored', async () => {
  const journal = await journalOf(active('a', '3'), {
    type: 'rolled-back',
    skill: 'a',
    deploymentId: '3',
    to: '1',
  });
  expect(readRecorded(journal, 'local').get('a')).toMatchObject({
    live: '3',
    rollbacks: new Map([['3', '1']]),
  });
});

it('is empty without a journal, and skips lines that it cannot read', async () => {
  expect(readRecorded(await journalOf(), 'local').size).toBe(0);
  const journal = await journalOf({ type: 'active', skill: 'a' }, { type: 'of another version', skill: 'a' });
  expect(readRecorded(journal, 'local').size).toBe(0);
});
