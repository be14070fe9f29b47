import type { App, AppSpec } from '@odoobo/app-platform/spec';
import { describe, expect, it } from 'vitest';
import { newApp } from '../deployments/new-records.js';
import { enter, withDeployment } from '../deployments/phases.js';
import type { UsagePoint } from '../deployments/progression.js';
import type { AlertsAnswer } from '../page/answers.js';
import { AppStore } from '../state/app-store.js';
import { openSecretBox } from '../state/secrets.js';
import {
  afterwards,
  eventually,
  noDigest,
  specOf,
  temporaryFolder,
  type TestPlatform,
  testPlatform,
} from '../testing/platform.test.helper.js';
import { receiver } from '../testing/receiver.test.helper.js';
import { AlertWatch } from './alert-watch.js';
import { alertsOf } from './alerts-of.js';
import { happeningsIn } from './deployment-alert.js';
import { Notifier } from './notify.js';

interface ShownAlert {
  id: string;
  spec: { rule: string };
  progress?: {
    steps: { status: string; started_at: string; ended_at?: string; reason: { message: string } }[];
  };
}

async function alerts(test: TestPlatform, app: string): Promise<ShownAlert[]> {
  return (await test.call<{ alerts: ShownAlert[] }>('GET', `/v2/apps/${app}/alerts`)).body.alerts;
}

async function directTo(test: TestPlatform, app: string, url: string): Promise<void> {
  for (const { id } of await alerts(test, app)) {
    const body = { slack_webhooks: [{ url, channel: '#ops' }] };
    const { status } = await test.call('POST', `/v2/apps/${app}/alerts/${id}/destinations`, body);
    expect(status).toBe(200);
  }
}

describe('an alert about deployments', () => {
  const rules = ['DEPLOYMENT_FAILED', 'DEPLOYMENT_LIVE', 'DOMAIN_LIVE'] as const;
  const spec: AppSpec = {
    ...specOf('shop', noDigest),
    alerts: rules.map((rule) => ({ rule })),
    domains: [{ domain: 'shop.example.com' }],
  };

  it('is raised and told once, and ends: a failure when a later deployment is live', async () => {
    const test = await testPlatform({ progression: 'manual' });
    const { url, messages } = await receiver();
    const { id } = await test.create(spec);
    await directTo(test, id, url);
    const toldOf = async (...expected: RegExp[]) => {
      await eventually(() => (messages.length >= expected.length ? true : undefined));
      expect(messages.map(({ text: told }) => told)).toEqual(
        expected.map((one) => expect.stringMatching(one)),
      );
      expect(messages.every(({ channel }) => channel === '#ops')).toBe(true);
      messages.length = 0;
    };
    const stateOf = async (rule: string) =>
      (await alerts(test, id)).find((one) => one.spec.rule === rule)?.progress?.steps[0];

    await test.platform.advance('shop', 'ERROR');
    await toldOf(/^DEPLOYMENT_FAILED of shop: deployment \S+ has failed with /);
    expect(await stateOf('DEPLOYMENT_FAILED')).toMatchObject({ status: 'RUNNING' });
    const raised = async () => (await test.call<AlertsAnswer>('GET', '/page/alerts')).body.apps;
    expect(await raised()).toMatchObject({
      [id]: [{ rule: 'DEPLOYMENT_FAILED', reason: expect.stringContaining('has failed') as unknown }],
    });

    await test.call('POST', `/v2/apps/${id}/deployments`, {});
    await test.platform.advance('shop', 'ACTIVE');
    await toldOf(
      /^DEPLOYMENT_LIVE of shop: deployment \S+ is live$/,
      /^DOMAIN_LIVE of shop: shop\.example\.com is served$/,
    );
    const ended = await eventually(async () => {
      const state = await stateOf('DEPLOYMENT_FAILED');
      return state?.status === 'SUCCESS' ? state : undefined;
    });
    expect(ended.ended_at).toMatch(/^\d{4}-/);
    expect(await raised()).toEqual({});

    await test.call('POST', `/v2/apps/${id}/deployments`, {});
    await test.platform.advance('shop', 'ACTIVE');
    await toldOf(/^DEPLOYMENT_LIVE/);
  });

  it('tells no one who answers with an error twice, and names no URL in the warning', async () => {
    const warnings: string[] = [];
    const test = await testPlatform({ progression: 'manual', warn: (one) => void warnings.push(one) });
    const { url, messages } = await receiver(500);
    const { id } = await test.create(spec);
    await directTo(test, id, url);
    await test.platform.advance('shop', 'ERROR');
    await eventually(() => (warnings.length > 0 ? true : undefined));
    expect(warnings).toEqual([
      'A Slack webhook of the alert DEPLOYMENT_FAILED of shop was not told: it answered 500.',
    ]);
    expect(messages).toHaveLength(1);
  });

  it('can be about the start and the cancellation of one, which only the Go client knows', () => {
    const at = '2026-01-31T12:00:00.000Z';
    const created = newApp(specOf('shop', noDigest), at);
    const [first] = created.deployments;
    if (first === undefined) throw new Error('An app begins with a deployment.');
    const cancelled = withDeployment(created, first.id, (one) => enter(one, 'CANCELED', at));
    expect(happeningsIn(undefined, created)).toEqual([
      { rule: 'DEPLOYMENT_STARTED', reason: `deployment ${first.id} has started (initial deployment)` },
    ]);
    expect(happeningsIn(created, cancelled)).toEqual([
      { rule: 'DEPLOYMENT_CANCELED', reason: `deployment ${first.id} was cancelled` },
    ]);
  });

  it('is silent while it is disabled', async () => {
    const test = await testPlatform({ progression: 'manual' });
    const app = await test.create({ ...spec, alerts: [{ rule: 'DEPLOYMENT_LIVE', disabled: true }] });
    await test.platform.advance('shop', 'ACTIVE');
    expect((await alerts(test, app.id))[0]?.progress).toBeUndefined();
  });

  it('ends when it is disabled while it is raised', async () => {
    const test = await testPlatform({ progression: 'manual' });
    const failing = (disabled: boolean): AppSpec => ({
      ...spec,
      alerts: [{ rule: 'DEPLOYMENT_FAILED', disabled }],
    });
    const { id } = await test.create(failing(false));
    await test.platform.advance('shop', 'ERROR');
    const status = async () => (await alerts(test, id))[0]?.progress?.steps[0]?.status;
    await eventually(async () => ((await status()) === 'RUNNING' ? true : undefined));
    await test.call('PUT', `/v2/apps/${id}`, { spec: failing(true) });
    await test.platform.advance('shop', 'ACTIVE');
    await eventually(async () => ((await status()) === 'SUCCESS' ? true : undefined));
  });
});

describe('an alert about resources', () => {
  const minute = 60_000;

  /** Points every 15 seconds for so many minutes up to `now`. */
  function points(now: number, minutes: number, point: Partial<UsagePoint>): UsagePoint[] {
    return Array.from({ length: minutes * 4 + 1 }, (_, index) => ({
      at: now - (minutes * 4 - index) * 15_000,
      cpuPercent: 0,
      memoryPercent: 0,
      memoryBytes: 0,
      restarts: 0,
      ...point,
    }));
  }

  async function watched(alert: NonNullable<AppSpec['alerts']>[number]) {
    const { url, messages } = await receiver();
    const secrets = await openSecretBox(`${await temporaryFolder()}/key`);
    const store = AppStore.inMemory();
    const spec = specOf('shop', noDigest, { alerts: [alert] });
    const app = newApp(spec, new Date().toISOString());
    const [{ id = '' } = {}] = alertsOf(app);
    await store.create({
      ...app,
      alertDestinations: { [id]: { emails: [], slackWebhooks: [{ url: secrets.encrypt(url) }] } },
    });
    const state = { now: Date.now(), points: [] as UsagePoint[] };
    const watch = new AlertWatch({
      store,
      progression: { usageOf: () => [{ component: 'web', instance: 'web-0', points: state.points }] },
      notifier: new Notifier(secrets, () => undefined),
      warn: (message) => expect.unreachable(message),
      now: () => state.now,
    });
    afterwards(() => watch.close());
    const look = async (used: UsagePoint[]) => {
      state.points = used;
      await watch.look();
      const raised = store.get(app.id)?.raisedAlerts?.[id];
      return raised && raised.endedAt === undefined ? raised.reason : undefined;
    };
    return { look, now: state.now, messages };
  }

  it('is raised when the mean of its window is above its value, told once, and ends', async () => {
    const { look, now, messages } = await watched({
      rule: 'CPU_UTILIZATION',
      operator: 'GREATER_THAN',
      value: 80,
      window: 'FIVE_MINUTES',
    });
    expect(await look(points(now, 3, { cpuPercent: 95 }))).toBeUndefined();
    expect(await look(points(now, 6, { cpuPercent: 79.9 }))).toBeUndefined();
    expect(await look(points(now, 6, { cpuPercent: 95 }))).toBe('web-0: 95.0 % in 5 minutes, above 80');
    expect(await look(points(now, 6, { cpuPercent: 90 }))).toBe('web-0: 95.0 % in 5 minutes, above 80');
    await eventually(() => (messages.length > 0 ? true : undefined));
    expect(await look(points(now, 6, { cpuPercent: 10 }))).toBeUndefined();
    expect(messages.map(({ text: told }) => told)).toEqual([
      'CPU_UTILIZATION of shop/web: web-0: 95.0 % in 5 minutes, above 80',
    ]);
    await look(points(now, 6, { cpuPercent: 99 }));
    await eventually(() => (messages.length === 2 ? true : undefined));
  });

  it('can be about too little, over a longer window', async () => {
    const { look, now } = await watched({
      rule: 'MEM_UTILIZATION',
      operator: 'LESS_THAN',
      value: 5,
      window: 'TEN_MINUTES',
    });
    expect(await look(points(now, 6, { memoryPercent: 1 }))).toBeUndefined();
    expect(await look(points(now, 11, { memoryPercent: 1 }))).toBe('web-0: 1.0 % in 10 minutes, below 5');
    expect(await look(points(now, 11, { memoryPercent: 6 }))).toBeUndefined();
  });

  it('counts the restarts of its window', async () => {
    const { look, now } = await watched({
      rule: 'RESTART_COUNT',
      operator: 'GREATER_THAN',
      value: 2,
      window: 'FIVE_MINUTES',
    });
    const earlier = points(now - 10 * minute, 5, { restarts: 7 });
    expect(await look([...earlier, ...points(now, 4, { restarts: 9 })])).toBeUndefined();
    expect(await look([...earlier, ...points(now, 4, { restarts: 10 })])).toBe(
      'web-0: 3 restarts in 5 minutes, above 2',
    );
    // A new deployment counts from 0.
    expect(await look([...earlier, ...points(now, 4, { restarts: 0 })])).toBeUndefined();
    const newVersion = [0, 1, 2, 3].map((restarts) => points(now - (3 - restarts) * minute, 0, { restarts }));
    expect(await look([...earlier, ...newVersion.flat()])).toBe('web-0: 3 restarts in 5 minutes, above 2');
  });
});

it('refuses a destination in plain HTTP on another machine', async () => {
  const test = await testPlatform({ progression: 'manual' });
  const { body } = await test.call<{ app: App }>('POST', '/v2/apps', {
    spec: { ...specOf('shop', noDigest), alerts: [{ rule: 'DEPLOYMENT_LIVE' }] },
  });
  const [alert] = await alerts(test, body.app.id);
  const path = `/v2/apps/${body.app.id}/alerts/${alert?.id}/destinations`;
  const refused = await test.call('POST', path, { slack_webhooks: [{ url: 'http://hooks.example.com/x' }] });
  expect(refused).toMatchObject({ status: 400, body: { message: expect.stringContaining('https://') } });
});
