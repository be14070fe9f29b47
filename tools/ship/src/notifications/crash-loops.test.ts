import { expect, it } from 'vitest';
import type { MonitorRow } from '../monitor/report.js';
import { startReceiver } from '../test-support/receiver.js';
import { linesOf, titleOf } from './describe-notice.js';
import { crashNotice, noticeSchema } from './notice.js';
import { CrashLoops, notifyOfMonitor } from './notify-of-monitor.js';

const begin = Date.parse('2026-01-31T12:00:00.000Z');
const minutes = (n: number) => new Date(begin + n * 60_000).toISOString();
const cause = 'ended with code 1: Error: no database';

/** A live skill that has ended `count` times, the last time at `lastAt`. */
function row(count: number, lastAt: number, deploymentId = 'd-1'): MonitorRow {
  const restarts = {
    count,
    at: minutes(lastAt),
    cause,
    component: 'web',
    lines: ['Error: no database', '    at main.mjs:1:1'],
  };
  return {
    ...{ skill: 'shop', status: 'unhealthy', inWorkspace: true, lastFailed: false, pinned: false },
    live: { deploymentId },
    ...(count > 0 && { restarts }),
  };
}

/** Whether a crash loop is reported when the monitor checks once a minute. */
function looks(loops: CrashLoops) {
  return (at: number, one: MonitorRow) => loops.findNew({ skills: [one], at: minutes(at) }).length > 0;
}

it('reports a crash loop once, and again after ten quiet minutes', () => {
  const look = looks(new CrashLoops());
  expect([look(0, row(0, 0)), look(1, row(1, 1)), look(2, row(2, 2))]).toEqual([false, false, false]);
  expect([look(3, row(3, 3)), look(4, row(9, 4)), look(9, row(30, 9))]).toEqual([true, false, false]);
  expect([look(20, row(30, 9)), look(21, row(31, 21)), look(22, row(33, 22))]).toEqual([false, false, true]);
});

it('reports a loop that exists when the monitor starts, and again for another deployment', () => {
  const look = looks(new CrashLoops());
  expect([look(1, row(5, 0)), look(2, row(6, 2))]).toEqual([true, false]);
  expect([look(3, row(1, 3, 'd-2')), look(4, row(3, 4, 'd-2'))]).toEqual([false, true]);
});

it('does not report occasional restarts', () => {
  const look = looks(new CrashLoops());
  const reported = Array.from({ length: 9 }, (_, n) => [
    look(n * 60, row(n, n * 60)),
    look(n * 60 + 30, row(n, n * 60)),
  ]);
  expect(reported.flat()).not.toContain(true);
});

const text = { escape: (one: string) => one, link: (url: string) => url, bold: (one: string) => one };

it('says which skill, how often and why, with the end of its output', () => {
  const notice = crashNotice({ run: 'monitor-1', kind: 'monitor', environment: 'local' }, [row(3, 3)]);
  expect(noticeSchema.parse(notice)).toEqual(notice);
  expect(titleOf(notice)).toBe('Crash loop on local: 1 skill');
  expect(linesOf(notice, text, 1_000)).toBe(
    `shop 3 restarts since it went live; web ${cause}\n\`\`\`\nError: no database\nat main.mjs:1:1\n\`\`\``,
  );
});

it('is sent to the webhook of the workspace', async () => {
  const receiver = await startReceiver();
  const options = { notifications: { url: receiver.url, format: 'json' } };
  const notify = notifyOfMonitor([{ plugin: '@odoobo/nx-skills', options }], 'local', {});
  const report = { at: minutes(3), skills: [row(3, 3)] };
  notify(report);
  notify(report);
  await expect.poll(() => receiver.received.length).toBe(1);
});
