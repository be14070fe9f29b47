import type { DeployResult } from '@odoobo/app-platform';
import { expect, it } from 'vitest';
import type { JournalRecord } from './record.js';
import { StatusFold } from './status.js';

const at = '2026-01-31T09:30:00.000Z';
const common = { at, environment: 'local' };

/** The records of one skill in a run. */
function run(name: string, ...happenings: object[]): JournalRecord[] {
  const run = `deploy-${name}`;
  const started = { type: 'run-started', run, ...common, skills: { shop: {} } };
  return [
    started,
    ...happenings.map((one) => ({ run, skill: 'shop', ...common, ...one })),
  ] as JournalRecord[];
}

const written = { type: 'written', action: 'update', appId: 'a', deploymentId: 'd-1' };

function finished(outcome: DeployResult['outcome']): object {
  const result = {
    skill: 'shop',
    outcome,
    action: 'update',
    digest: '-',
    durationMs: 1,
    deploymentId: 'd-1',
  };
  return { type: 'finished', result };
}

function unverifiedAfter(...records: JournalRecord[]): string | undefined {
  const fold = new StatusFold();
  for (const record of records) fold.add(record);
  return fold.status.skills['shop']?.unverified_deployment;
}

it.each<[string, JournalRecord[], string | undefined]>([
  ['a deployment whose deployer was killed', run('1', written), 'd-1'],
  ['one whose run was interrupted', run('1', written, finished('interrupted')), 'd-1'],
  ['it until a later run has ended', [...run('1', written), ...run('2')], 'd-1'],
  ['a bad one that could not be rolled back', run('1', written, finished('failed')), 'd-1'],
  ['nothing once it is live and healthy', run('1', written, finished('deployed')), undefined],
  ['nothing once it was rolled back', run('1', written, finished('rolled-back')), undefined],
  [
    'nothing once a later run found it healthy',
    [...run('1', written), ...run('2', finished('unchanged'))],
    undefined,
  ],
])('remembers %s', (_what, records, deployment) => {
  expect(unverifiedAfter(...records)).toBe(deployment);
});
