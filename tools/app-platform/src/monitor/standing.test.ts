import { expect, it } from 'vitest';
import { type App, appSchema } from '../spec/index.js';
import { standingOf } from './standing.js';

const digest = `sha256:${'a'.repeat(64)}`;
const spec = {
  name: 'shop',
  services: [
    { name: 'web', health_check: { http_path: '/well' }, envs: [{ key: 'SKILL_DIGEST', value: digest }] },
  ],
};
const live = {
  id: 'd-1',
  spec,
  created_at: '2026-01-01T00:00:00Z',
  phase_last_updated_at: '2026-01-01T00:01:00Z',
};
const isLive = { active_deployment: live, last_deployment_created_at: live.created_at };

function app(fields: object): App {
  return appSchema.parse({ id: 'a', spec: { name: 'shop' }, ...fields });
}

it('shows what is live: since when, where, which artefact, and the URL of its health check', () => {
  expect(standingOf(app({ ...isLive, live_url: 'https://shop.example' }))).toEqual({
    live: {
      deploymentId: 'd-1',
      since: '2026-01-01T00:01:00Z',
      url: 'https://shop.example',
      digest,
      healthPath: '/well',
    },
    failed: false,
    pinned: false,
  });
});

const steps = { success_steps: 2, total_steps: 6, running_steps: 1 };
const building = { id: 'd-2', phase: 'BUILDING', progress: steps };
const underWay = { deploymentId: 'd-2', phase: 'BUILDING', done: 2, total: 6 };
const later = '2026-01-01T00:05:00Z';

it.each([
  ['an app that has nothing yet', {}, { failed: true }],
  ['the first deployment', { in_progress_deployment: building }, { underWay, failed: false }],
  [
    'one that waits, its steps not yet planned',
    { pending_deployment: { id: 'd-2', phase: 'PENDING_BUILD' } },
    { underWay: { deploymentId: 'd-2', phase: 'PENDING_BUILD', done: 0, total: 0 } },
  ],
  [
    'one beside what is live',
    { ...isLive, in_progress_deployment: building, last_deployment_created_at: later },
    { live: expect.objectContaining({ deploymentId: 'd-1' }) as unknown, underWay, failed: false },
  ],
  ['the last one failed', { ...isLive, last_deployment_created_at: later }, { failed: true }],
  [
    'the same moment, given in whole seconds',
    { ...isLive, last_deployment_created_at: '2026-01-01T00:00:00.700Z' },
    { failed: false },
  ],
  ['no word on when', { active_deployment: { id: 'd-1' } }, { live: { deploymentId: 'd-1' }, failed: false }],
  [
    'one that is over and still in the list',
    { ...isLive, in_progress_deployment: { id: 'd-1', phase: 'ACTIVE' } },
    { failed: false },
  ],
  ['a pinned app', { ...isLive, pinned_deployment: live }, { pinned: true }],
])('reads %s', (_, fields, standing) => {
  expect(standingOf(app(fields))).toMatchObject(standing);
});
