import { expect, it } from 'vitest';
import type { AppAlert, MonitorRow } from '../monitor/report.js';
import { startReceiver } from '../test-support/receiver.js';
import { linesOf, titleOf } from './describe-notice.js';
import { alertNotice, noticeSchema } from './notice.js';
import { NewAlerts, notifyOfMonitor } from './notify-of-monitor.js';

function alert(id: string, at = '2026-01-31T12:00:00.000Z'): AppAlert {
  return { id, rule: 'CPU_UTILIZATION', component: 'web', reason: '93 % in the last 5 minutes', at };
}

function row(...alerts: AppAlert[]): MonitorRow {
  const standing = { status: 'healthy', inWorkspace: true, lastFailed: false, pinned: false } as const;
  return { skill: 'shop', ...standing, live: { deploymentId: 'd-1' }, ...(alerts.length > 0 && { alerts }) };
}

it('are about each alert once, and again when it is raised again', () => {
  const alerts = new NewAlerts();
  const idsIn = (...raised: AppAlert[]) =>
    alerts.findNew({ skills: [row(...raised)] }).flatMap((one) => (one.alerts ?? []).map(({ id }) => id));
  expect(idsIn(alert('a'))).toEqual(['a']);
  expect(idsIn(alert('a'), alert('b'))).toEqual(['b']);
  expect(idsIn(alert('a'), alert('b'))).toEqual([]);
  expect(idsIn()).toEqual([]);
  expect(idsIn(alert('a', '2026-01-31T13:00:00.000Z'))).toEqual(['a']);
});

const text = { escape: (one: string) => one, link: (url: string) => url, bold: (one: string) => one };

it('say which skill, which rule and why', () => {
  const notice = alertNotice({ run: 'monitor-1', kind: 'monitor', environment: 'local' }, [
    row(alert('a'), { ...alert('b'), rule: 'MEM_UTILIZATION' }),
  ]);
  expect(noticeSchema.parse(notice)).toEqual(notice);
  expect(titleOf(notice)).toBe('Alert on local: 1 skill');
  expect(linesOf(notice, text, 1_000)).toBe(
    'shop CPU_UTILIZATION of web: 93 % in the last 5 minutes\nshop MEM_UTILIZATION of web: 93 % in the last 5 minutes',
  );
});

it('are sent to the webhook of the workspace', async () => {
  const receiver = await startReceiver();
  const options = { notifications: { url: receiver.url, format: 'discord' } };
  const notify = notifyOfMonitor([{ plugin: '@odoobo/nx-skills', options }], 'local', {});
  const report = { at: '2026-01-31T12:00:30.000Z', skills: [row(alert('a'))] };
  notify(report);
  notify(report);
  await expect.poll(() => receiver.received.length).toBe(1);
  expect(JSON.stringify(receiver.received)).toContain('Alert on local');
});
