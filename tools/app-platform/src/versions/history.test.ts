import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { specOf } from '../deploy/fleet.test.helper.js';
import { type Deployment, type Phase, withDefaults } from '../spec/index.js';
import { previousVersion, rollbackTargets, wasEverLive } from './history.js';

/** A version is a spec and a commit. */
function deployment(id: string, phase: Phase, version: number, commit = 'c'): Deployment {
  return {
    id,
    phase,
    spec: specOf('app', String(version)),
    services: [{ name: 'web', source_commit_hash: commit }],
  };
}

const ended = fc.record({
  phase: fc.constantFrom<Phase>('SUPERSEDED', 'ERROR', 'CANCELED'),
  version: fc.integer({ min: 1, max: 3 }),
  commit: fc.constantFrom('c', 'd'),
});

it('is the newest that was live and is another version, whatever came between', () => {
  fc.assert(
    fc.property(fc.array(ended, { maxLength: 12 }), (history) => {
      const live = deployment('live', 'ACTIVE', 1);
      const earlier = history.map(({ phase, version, commit }, index) =>
        deployment(`d${index}`, phase, version, commit),
      );
      const differs = (index: number) => history[index]?.version !== 1 || history[index]?.commit !== 'c';
      const wanted = earlier.find(({ phase }, index) => phase === 'SUPERSEDED' && differs(index));
      expect(previousVersion([live, ...earlier], live)?.id).toBe(wanted?.id);
      const targets = rollbackTargets([live, ...earlier], live).map(({ id }) => id);
      const all = earlier.filter(({ phase }, index) => phase === 'SUPERSEDED' && differs(index));
      expect(targets).toEqual(all.map(({ id }) => id));
    }),
  );
});

it('passes over a restart of the same version, however its spec is written', () => {
  const restart = deployment('restart', 'SUPERSEDED', 2);
  const live = { ...restart, id: 'live', phase: 'ACTIVE' as const, spec: withDefaults(specOf('app', '2')) };
  const before = deployment('before', 'SUPERSEDED', 1);
  expect(previousVersion([live, restart, before], live)?.id).toBe('before');
});

describe('after rollbacks', () => {
  /** A history, newest first, given as versions from the oldest on; `[to]` is a rollback to an earlier index. */
  function history(steps: (number | [to: number])[]): Deployment[] {
    const made: Deployment[] = [];
    steps.forEach((step, index) => {
      const from = typeof step === 'number' ? undefined : made[step[0]];
      const clone = from && { spec: from.spec, cloned_from: from.id };
      const phase = index === steps.length - 1 ? 'ACTIVE' : 'SUPERSEDED';
      made.push({ ...deployment(`d${index}`, phase, Number(step)), ...clone });
    });
    return made.reverse();
  }

  it.each<[string, (number | [to: number])[], string | undefined]>([
    ['passes over the version that was rolled back from', [1, 2, 3, [1]], 'd0'],
    ['passes over all of them, also where they were live more than once', [1, 2, 3, [1], [0]], undefined],
    ['passes over it where something else was live before', [1, 2, [0]], undefined],
    ['goes back to it once it was deployed again', [1, 2, [0], 2, 3], 'd3'],
    ['goes back to what the rollback brought back', [1, 2, [0], 3], 'd2'],
    ['takes a restart for the same version', [1, 2, [1]], 'd0'],
  ])('%s', (_what, steps, target) => {
    const deployments = history(steps);
    expect(previousVersion(deployments, deployments[0])?.id).toBe(target);
  });
});

it('is the newest that was live where nothing is live now', () => {
  const failed = deployment('failed', 'ERROR', 2);
  expect(previousVersion([failed, deployment('old', 'SUPERSEDED', 1)], undefined)?.id).toBe('old');
});

it('distinguishes an app that was live from one that never was', () => {
  fc.assert(
    fc.property(fc.array(ended), (history) => {
      const deployments = history.map(({ phase, version }, index) => deployment(`d${index}`, phase, version));
      expect(wasEverLive(deployments)).toBe(history.some(({ phase }) => phase === 'SUPERSEDED'));
    }),
  );
});
