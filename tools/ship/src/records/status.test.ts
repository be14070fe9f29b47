import type { DeployResult } from '@odoobo/app-platform';
import { expect, it } from 'vitest';
import { type JournalRecord, parseRecord } from './record.js';
import { type Status, StatusFold } from './status.js';

const at = '2026-01-31T09:30:00.000Z';
const later = '2026-01-31T09:40:00.000Z';

function statusAfter(...records: JournalRecord[]): Status {
  const fold = new StatusFold();
  for (const record of records) fold.add(record);
  return fold.status;
}

function started(run: string, skill: string): JournalRecord {
  const skills = { [skill]: { branch: 'main', commit: 'c1', digest: 'sha256:1' } };
  return { type: 'run-started', run, at, environment: 'local', skills };
}

function finished(run: string, time: string, fields: Partial<DeployResult>): JournalRecord {
  const result: DeployResult = {
    skill: 'shop',
    outcome: 'failed',
    action: 'update',
    digest: '-',
    durationMs: 1,
    ...fields,
  };
  return { type: 'finished', run, at: time, environment: 'local', skill: 'shop', result };
}

const cause = { code: 'BuildFailed', message: 'it does not build', logTail: [] };
const failedDeploy = [started('deploy-1', 'shop'), finished('deploy-1', at, { cause })];
const checked: JournalRecord = {
  type: 'checked',
  run: 'healthcheck-1',
  at: later,
  skill: 'shop',
  environment: 'local',
  healthy: false,
  url: 'http://shop/health',
  statusCode: 500,
  trouble: 'it answered 500',
};

it('records the result of a check, and keeps the status of the deployment', () => {
  const underWay = [started('deploy-1', 'shop')];
  expect(statusAfter(...underWay, checked)).toEqual({
    ...statusAfter(...underWay),
    skills: {
      shop: {
        ...statusAfter(...underWay).skills['shop'],
        health: {
          healthy: false,
          checked_at: later,
          environment: 'local',
          url: 'http://shop/health',
          status_code: 500,
          trouble: 'it answered 500',
        },
      },
    },
  });
});

it('says nothing about the deployment of a skill that was never deployed', () => {
  const { skills, ...run } = statusAfter(checked);
  expect(run).toEqual({});
  expect(Object.keys(skills['shop'] ?? {})).toEqual(['health']);
});

it('keeps what was checked, tested and merged when the next deploy starts', () => {
  const common = { run: 'x', at, skill: 'shop' };
  const status = statusAfter(
    checked,
    { ...common, type: 'tested', environment: 'local', success: false, failedStages: ['metadata'] },
    { ...common, type: 'merge-refused', reason: 'it conflicts', files: ['a.ts'] },
    started('deploy-1', 'shop'),
  );
  expect(status.skills['shop']).toMatchObject({
    status: 'pending',
    health: { healthy: false },
    smoke_test: { success: false, tested_at: at, failed_stages: ['metadata'] },
    merge: { status: 'refused', refused_at: at, reason: 'it conflicts', files: ['a.ts'] },
  });
});

it('keeps the last merge', () => {
  const common = { run: 'merge-1', skill: 'shop', branch: 'skill/shop' };
  const status = statusAfter(
    { ...common, at, type: 'merge-refused', reason: 'it is not live' },
    { ...common, at: later, type: 'merged', into: 'main', commit: 'm', head: 'h', verifiedAt: at },
  );
  const { branch } = common;
  expect(status.skills['shop']?.merge).toEqual({
    status: 'merged',
    merged_at: later,
    branch,
    into: 'main',
    commit: 'm',
    head: 'h',
    verified_at: at,
  });
});

it('names the worktree of a skill until it is removed', () => {
  const tree = { type: 'worktree', run: 'worktree-1', at, skill: 'shop', branch: 'skill/shop' } as const;
  const created = { ...tree, path: '/trees/shop', action: 'created' } as const;
  expect(statusAfter(created).skills['shop']).toEqual({ branch: 'skill/shop', worktree: '/trees/shop' });
  expect(statusAfter(created, { ...created, action: 'removed' }).skills['shop']).toEqual({});
  const other = { ...tree, path: '/elsewhere', action: 'removed' } as const;
  expect(statusAfter(created, other).skills['shop']).toMatchObject({ worktree: '/trees/shop' });
});

it('keeps the status of a skill that a rollback does not change', () => {
  const before = statusAfter(...failedDeploy).skills['shop'];
  expect(before).toMatchObject({ status: 'failed', error: 'BuildFailed: it does not build' });
  const left = finished('rollback-1', later, { outcome: 'unchanged', action: 'none', deploymentId: 'd' });
  const status = statusAfter(...failedDeploy, started('rollback-1', 'shop'), left);
  expect(status.skills['shop']).toEqual(before);
  expect(status.deployment_id).toBe('rollback-1');
});

it('records what a rollback restored: another artefact, of an unknown commit', () => {
  const run = 'rollback-1';
  const common = { run, at: later, environment: 'local', skill: 'shop' };
  const done = { outcome: 'deployed', action: 'rollback', digest: 'sha256:0', deploymentId: 'd' } as const;
  const status = statusAfter(
    ...failedDeploy,
    started(run, 'shop'),
    { ...common, type: 'planned', action: 'rollback', changes: [] },
    finished(run, later, done),
  );
  expect(status.skills['shop']).toEqual({
    branch: 'main',
    status: 'rolled_back',
    deployment_status: 'ROLLED_BACK',
    started_at: later,
    completed_at: later,
    environment: 'local',
    deployment: 'd',
    digest: 'sha256:0',
  });
});

it('records why a rollback was refused, and that it began and ended', () => {
  const refused = { action: 'none', cause: { ...cause, code: 'NothingEarlier' } } as const;
  const status = statusAfter(started('rollback-1', 'shop'), finished('rollback-1', later, refused));
  expect(status.skills['shop']).toMatchObject({
    status: 'failed',
    started_at: later,
    completed_at: later,
    error: 'NothingEarlier: it does not build',
  });
});

it('skips records of a later version', () => {
  expect(parseRecord(JSON.stringify({ ...checked, type: 'scanned' }))).toBeUndefined();
  expect(parseRecord(JSON.stringify({ ...checked, region: 'nyc' }))).toEqual(checked);
});

it('shows neither URL nor deployment of another environment when a rollback fails', () => {
  const local = [
    started('deploy-1', 'shop'),
    finished('deploy-1', at, { outcome: 'deployed', deploymentId: 'd1', url: 'http://127.0.0.1:4101' }),
  ];
  const failed = finished('rollback-1', later, { action: 'none', cause });
  const production: JournalRecord = { ...failed, environment: 'production' } as JournalRecord;
  expect(statusAfter(...local, production).skills['shop']).toEqual({
    branch: 'main',
    environment: 'production',
    status: 'failed',
    deployment_status: 'FAILED',
    started_at: later,
    completed_at: later,
    error: 'BuildFailed: it does not build',
  });
});
