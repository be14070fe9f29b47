import type { App, Deployment } from '@odoobo/app-platform/spec';
import { expect, it } from 'vitest';
import { artefactOf, durationOf, failedStep, relevantLog } from './deployment.js';
import { byTrouble, lastEvents, rowOf } from './fleet.js';
import { age, span } from './format.js';

const healthy = { state: 'HEALTHY' as const, milliseconds: 3 };

function app(name: string, more: Partial<App> = {}): App {
  return { id: name, spec: { name }, ...more };
}

function deployment(phase: Deployment['phase'], at = '2026-01-31T12:00:00Z'): Deployment {
  return { id: `${phase} ${at}`, phase, phase_last_updated_at: at };
}

it('sorts apps in trouble first, then those in progress, and numbers numerically', () => {
  const live = { active_deployment: deployment('ACTIVE') };
  const vitals = { apps: { sick: { instances: 1, health: { ...healthy, state: 'UNHEALTHY' as const } } } };
  const rows = [
    rowOf(app('app-10', live), undefined, vitals),
    rowOf(app('app-9', live), deployment('CANCELED'), vitals),
    rowOf(app('new', { pending_deployment: deployment('PENDING_BUILD') }), undefined, vitals),
    rowOf(app('never'), deployment('CANCELED'), vitals),
    rowOf(app('sick', live), undefined, vitals),
    rowOf(app('failed', live), deployment('ERROR'), vitals),
  ].sort(byTrouble);
  expect(rows.map(({ app: { spec }, standing }) => `${spec.name} ${standing}`)).toEqual([
    'failed trouble',
    'sick trouble',
    'new deploying',
    'never idle',
    'app-9 live',
    'app-10 live',
  ]);
});

it('lists the last events, newest first', () => {
  const vitals = { apps: {} };
  const older = deployment('ACTIVE', '2026-01-31T12:00:00Z');
  const newer = deployment('ERROR', '2026-01-31T12:01:00Z');
  const rows = [
    rowOf(app('one', { active_deployment: older }), newer, vitals),
    rowOf(app('two', { active_deployment: deployment('ACTIVE', '2026-01-31T12:00:30Z') }), undefined, vitals),
  ];
  const events = lastEvents(rows, 2).map(({ app: name, what }) => `${name} ${what}`);
  expect(events).toEqual(['one ERROR', 'two ACTIVE']);
});

it('reads of a deployment how long it took, which step failed and which log says most', () => {
  const failed: Deployment = {
    ...deployment('ERROR'),
    created_at: '2026-01-31T12:00:00Z',
    progress: {
      steps: [
        {
          name: 'build',
          steps: [
            { name: 'initialize', status: 'SUCCESS', ended_at: '2026-01-31T12:00:01Z' },
            {
              name: 'components',
              steps: [
                {
                  name: 'web',
                  status: 'ERROR',
                  ended_at: '2026-01-31T12:00:05Z',
                  reason: { code: 'BuildJobExitNonZero' },
                },
              ],
            },
          ],
        },
        { name: 'deploy', steps: [{ name: 'initialize', status: 'PENDING' }] },
      ],
    },
  };
  expect(durationOf(failed)).toBe(5000);
  expect(failedStep(failed)).toMatchObject({ path: 'build / web', reason: { code: 'BuildJobExitNonZero' } });
  expect(relevantLog(failed)).toBe('BUILD');
  expect(relevantLog(deployment('BUILDING'))).toBe('BUILD');
  expect(relevantLog(deployment('DEPLOYING'))).toBe('DEPLOY');
  expect(relevantLog(deployment('ACTIVE'))).toBe('RUN');
  expect(durationOf(deployment('CANCELED'))).toBeUndefined();
});

it('names the artefact by digest, else by commit', () => {
  const image = { registry_type: 'DOCR' as const, repository: 'shop', digest: `sha256:${'ab'.repeat(32)}` };
  expect(artefactOf({ id: '1', spec: { name: 'shop', services: [{ name: 'web', image }] } })).toBe(
    image.digest,
  );
  const services = [{ name: 'web', source_commit_hash: '0123456789abcdef' }];
  expect(artefactOf({ id: '1', services })).toBe('0123456789abcdef');
  expect(artefactOf({ id: '1' })).toBeUndefined();
});

it.each([
  [400, '0.4 s', '0 s'],
  [5_400, '5.4 s', '5 s'],
  [59_000, '59 s', '59 s'],
  [125_000, '2 min', '2 min'],
  [7_300_000, '2 h', '2 h'],
  [200_000_000, '2 d', '2 d'],
])('%i ms took %s, and were %s ago', (ms, took, ago) => {
  const now = Date.parse('2026-01-31T12:00:00Z');
  expect(span(ms)).toBe(took);
  expect(age(new Date(now - ms).toISOString(), now)).toBe(ago);
});
