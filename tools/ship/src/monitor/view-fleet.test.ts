import type { App } from '@odoobo/app-platform';
import { expect, it } from 'vitest';
import { type AppHealth, type MonitorReport, monitorReportSchema, type MonitorRow } from './report.js';
import { type FleetSeen, viewFleet } from './view-fleet.js';

const now = Date.parse('2026-01-01T12:00:00.000Z');
const created = '2026-01-01T11:00:00Z';
const activeDeployment = { id: 'd-1', created_at: created, phase_last_updated_at: created };
const isLive = {
  active_deployment: activeDeployment,
  last_deployment_created_at: created,
  live_url: 'http://shop',
};
const failedSince = { last_deployment_created_at: '2026-01-01T11:30:00Z' };
const building = { id: 'd-2', phase: 'BUILDING', progress: { success_steps: 1, total_steps: 6 } } as const;
const healthy: AppHealth = { healthy: true, url: 'http://shop/health', status: 200, milliseconds: 3 };
const unhealthy: AppHealth = { healthy: false, url: 'http://shop/health', trouble: 'it answered 500' };

function app(name: string, fields: Partial<App>): App {
  return { id: `id-${name}`, spec: { name }, ...fields };
}

/** Parsed, so that every report of every test is checked against the schema. */
function view(seen: Partial<FleetSeen>): MonitorReport {
  const none = { platform: 'the platform', skills: [], health: new Map(), events: [] };
  return monitorReportSchema.parse(viewFleet({ now, ...none, ...seen }));
}

function viewOf(fields: Partial<App>, health?: AppHealth): MonitorReport {
  const last = { apps: [app('shop', fields)], at: now };
  return view({ last, skills: ['shop'], health: new Map(health ? [['shop', health]] : []) });
}

interface Expected {
  status: MonitorRow['status'];
  success: boolean;
}

it.each<[string, Partial<App>, AppHealth | undefined, Expected]>([
  ['live and well', isLive, healthy, { status: 'healthy', success: true }],
  ['live, with nothing to ask', isLive, undefined, { status: 'live', success: true }],
  ['live and not well', isLive, unhealthy, { status: 'unhealthy', success: false }],
  ['never live', {}, undefined, { status: 'failed', success: false }],
  [
    'live, the last deployment failed',
    { ...isLive, ...failedSince },
    healthy,
    { status: 'failed', success: false },
  ],
  [
    'neither well nor deployed',
    { ...isLive, ...failedSince },
    unhealthy,
    { status: 'unhealthy', success: false },
  ],
  [
    'deploying at first',
    { in_progress_deployment: building },
    undefined,
    { status: 'deploying', success: true },
  ],
  [
    'deploying beside what is live',
    { ...isLive, ...failedSince, in_progress_deployment: building },
    healthy,
    { status: 'deploying', success: true },
  ],
])('reports an app that is %s', (_, fields, health, { status, success }) => {
  const report = viewOf(fields, health);
  expect(report.skills).toMatchObject([{ skill: 'shop', status, inWorkspace: true }]);
  expect(report).toMatchObject({ success, summary: { [status]: 1 } });
});

it('reports the live version and the deployment in progress', () => {
  const report = viewOf(
    { ...isLive, in_progress_deployment: building, pinned_deployment: { id: 'd-1' } },
    healthy,
  );
  expect(report.skills).toEqual([
    {
      skill: 'shop',
      status: 'deploying',
      inWorkspace: true,
      live: { deploymentId: 'd-1', since: created, url: 'http://shop' },
      underWay: { deploymentId: 'd-2', phase: 'BUILDING', done: 1, total: 6 },
      lastFailed: false,
      pinned: true,
      health: healthy,
    },
  ]);
});

it('shows skills without an app, and apps without a skill; the most urgent first', () => {
  const apps = [app('stranger', isLive), app('zebra', {}), app('ant', isLive), app('bee', isLive)];
  const health = new Map([
    ['ant', healthy],
    ['bee', unhealthy],
  ]);
  const { skills } = view({ last: { apps, at: now }, skills: ['ghost', 'ant', 'bee', 'zebra'], health });
  expect(skills.map(({ skill, status, inWorkspace }) => [skill, status, inWorkspace])).toEqual([
    ['bee', 'unhealthy', true],
    ['zebra', 'failed', true],
    ['ant', 'healthy', true],
    ['ghost', 'undeployed', true],
    ['stranger', 'live', false],
  ]);
});

it('reports the last state of a platform that is gone, and its time', () => {
  const report = view({
    trouble: 'It is gone.',
    last: { apps: [app('shop', isLive)], at: now - 60_000 },
    health: new Map([['shop', healthy]]),
  });
  expect(report).toMatchObject({
    success: false,
    trouble: 'It is gone.',
    seenAt: '2026-01-01T11:59:00.000Z',
    skills: [{ skill: 'shop', status: 'healthy' }],
  });
});

it('has no state of skills before the platform was read', () => {
  const report = view({ trouble: 'It is not there.', skills: ['shop'] });
  expect(report.skills).toMatchObject([{ skill: 'shop', status: 'unknown' }]);
  expect(report.seenAt).toBeUndefined();
});
