import { expect, it } from 'vitest';
import { specOf } from '../deploy/fleet.test.helper.js';
import type { App } from '../spec/index.js';
import { hasDrifted, type Recorded } from './drift.js';

const at = '2026-01-01T12:00:00Z';
const spec = specOf('shop');
const live = { id: 'ours', spec, phase: 'ACTIVE' as const, created_at: at };
const app: App = { id: 'a', spec, active_deployment: live, last_deployment_created_at: at };
const recorded: Recorded = { deployments: new Set(['ours']), live: 'ours', rollbacks: new Map() };

it('of an app shows without further calls: another deployment, or another spec', () => {
  expect(hasDrifted(app, recorded)).toBe(false);
  expect(hasDrifted({ ...app, active_deployment: { ...live, id: 'another' } }, recorded)).toBe(true);
  expect(hasDrifted({ ...app, spec: specOf('shop', '2') }, recorded)).toBe(true);
});

it('is not claimed while a deployment is in progress or has failed, nor without a record', () => {
  const changed = { ...app, spec: specOf('shop', '2') };
  const coming = { ...live, id: 'coming', phase: 'BUILDING' as const };
  expect(hasDrifted({ ...changed, in_progress_deployment: coming }, recorded)).toBe(false);
  expect(hasDrifted({ ...changed, last_deployment_created_at: '2026-01-02T12:00:00Z' }, recorded)).toBe(
    false,
  );
  expect(hasDrifted({ ...changed, active_deployment: { ...live, id: 'x' } }, undefined)).toBe(false);
});
