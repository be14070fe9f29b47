import fc from 'fast-check';
import { expect, it } from 'vitest';
import { specOf } from '../deploy/fleet.test.support.js';
import { withDefaults, type Deployment, type Phase } from '../spec/index.js';
import { previousVersion, wasEverLive } from './target.js';

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
    }),
  );
});

it('passes over a restart of the same version, however its spec is written', () => {
  const restart = deployment('restart', 'SUPERSEDED', 2);
  const live = { ...restart, id: 'live', phase: 'ACTIVE' as const, spec: withDefaults(specOf('app', '2')) };
  const before = deployment('before', 'SUPERSEDED', 1);
  expect(previousVersion([live, restart, before], live)?.id).toBe('before');
});

it('is the newest that was live where nothing is live now', () => {
  const failed = deployment('failed', 'ERROR', 2);
  expect(previousVersion([failed, deployment('old', 'SUPERSEDED', 1)], undefined)?.id).toBe('old');
});

it('tells an app that was live from one that never was', () => {
  fc.assert(
    fc.property(fc.array(ended), (history) => {
      const deployments = history.map(({ phase, version }, index) => deployment(`d${index}`, phase, version));
      expect(wasEverLive(deployments)).toBe(history.some(({ phase }) => phase === 'SUPERSEDED'));
    }),
  );
});
