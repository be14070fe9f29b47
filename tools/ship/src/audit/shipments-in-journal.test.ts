import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '../records/record.js';
import { shipmentsInJournal } from './shipments-in-journal.js';

const [one, two] = ['1', '2'].map((letter) => letter.repeat(40)) as [string, string];
const at = (minute: number) => `2026-06-01T09:${String(minute).padStart(2, '0')}:00.000Z`;

interface Run {
  kind?: 'deploy' | 'rollback' | 'restart';
  /** The checkout that it was run in. */
  checkout?: object;
  /** Types of events, a minute apart. */
  events?: string[];
  result: object;
}

/** The records of runs of one app, ten minutes apart. */
function journalOf(...runs: Run[]): JournalRecord[] {
  return runs.flatMap(({ kind = 'deploy', checkout = {}, events = [], result }, index) => {
    const common = { run: `${kind}-${index}`, environment: 'production' };
    const of = { ...common, skill: 'shop' };
    const start = {
      type: 'run-started',
      ...common,
      at: at(index * 10),
      by: 'ada',
      skills: { shop: checkout },
    };
    const between = events.map((type, place) => ({ ...of, type, at: at(index * 10 + place + 1) }));
    const whole = { skill: 'shop', action: 'update', durationMs: 1, ...result };
    return [
      start,
      ...between,
      { ...of, type: 'finished', at: at(index * 10 + 9), result: whole },
    ] as JournalRecord[];
  });
}

const shipmentsOf = (digest: string, records: readonly JournalRecord[]) =>
  shipmentsInJournal(records, (other) => other === digest);

const first: Run = {
  checkout: { commit: one, branch: 'main', dirty: true },
  events: ['verified'],
  result: { outcome: 'deployed', digest: 'one', deploymentId: 'd1', commit: one },
};

describe('a version that was rolled back because its health check failed', () => {
  const journal = journalOf(first, {
    checkout: { commit: two, branch: 'main', dirty: false },
    events: ['active', 'verifying', 'rolling-back', 'verified', 'rolled-back'],
    result: {
      ...{ outcome: 'rolled-back', digest: 'two', deploymentId: 'd2', commit: two },
      ...{ previousDeploymentId: 'd1', rollbackDeploymentId: 'd3' },
    },
  });

  it('was not verified: the check that has passed was of what was restored', () => {
    const [shipment, ...others] = shipmentsOf('two', journal);
    expect(others).toEqual([]);
    expect(shipment).toMatchObject({ result: 'rolled-back', commit: two, replaced: { deployment: 'd1' } });
    expect(shipment?.verifiedAt).toBeUndefined();
  });

  it('was replaced by the one before it, which was verified again', () => {
    expect(shipmentsOf('one', journal)).toMatchObject([
      { deployment: 'd1', verifiedAt: at(1) },
      {
        ...{ deployment: 'd3', result: 'restored by an automatic rollback', commit: one, dirty: true },
        ...{ replaced: { deployment: 'd2', digest: 'two', commit: two }, verifiedAt: at(14) },
      },
    ]);
  });

  it('is not what the next version replaces', () => {
    const result = { outcome: 'deployed', digest: 'three', deploymentId: 'd4', previousDeploymentId: 'd3' };
    const [shipment] = shipmentsOf('three', [...journal, ...journalOf({ result })]);
    expect(shipment?.replaced).toEqual({ deployment: 'd3', digest: 'one', commit: one });
  });
});

it.each(['rollback', 'restart'] as const)(
  'a %s ships what the deployment was built from, not its own checkout',
  (kind) => {
    const liveMark = { artefact: 'one', commit: one, dirty: true };
    const journal = journalOf(first, {
      kind,
      checkout: { commit: two, branch: 'experiment', dirty: false },
      result: { outcome: 'deployed', action: kind, digest: 'one', deploymentId: 'd2', liveMark },
    });
    expect(shipmentsOf('one', journal)[1]).toMatchObject({ commit: one, dirty: true, branch: undefined });
  },
);

it('a version that an interrupted run has sent was verified by the run that has found it live', () => {
  const sent = { digest: 'one', deploymentId: 'd1', commit: one };
  const journal = journalOf(
    { events: ['written'], result: { ...sent, outcome: 'interrupted' } },
    { events: ['verified', 'smoke-tested'], result: { ...sent, outcome: 'unchanged', action: 'none' } },
  );
  expect(shipmentsOf('one', journal)).toMatchObject([
    { run: 'deploy-0', result: 'interrupted', verifiedAt: at(11), smokeTestedAt: at(12) },
  ]);
});
