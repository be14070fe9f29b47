import type { DeployEvent, DeployResult } from '@odoobo/app-platform';
import { expect, it } from 'vitest';
import { toDiscord } from './discord.js';
import { endNotice, type Notice, noticeSchema } from './notice.js';
import { RolloutNotices } from './rollout-notices.js';
import { toSlack } from './slack.js';

const run = { run: 'deploy-1', kind: 'deploy', environment: 'production' } as const;
const common = { at: '2026-01-31T09:30:00.000Z', skill: 'shop' };

type Seen = Extract<DeployEvent, { type: 'rollout' }>;

function seen(fields: Partial<Seen> = {}): Seen {
  return {
    ...common,
    type: 'rollout',
    rollout: 'r1',
    phase: 'going',
    weight: 1,
    step: { index: 0, of: 3 },
    waitsFor: ['requests'],
    verdict: 'too little',
    live: { requests: 990, failures: 1 },
    canary: { requests: 10, failures: 0 },
    ...fields,
  };
}

const written: DeployEvent = { ...common, type: 'written', action: 'update', appId: 'a', deploymentId: 'd' };

function finished(fields: Partial<DeployResult>): DeployEvent {
  return { ...common, type: 'finished', result: resultOf(fields) };
}

function resultOf(fields: Partial<DeployResult>): DeployResult {
  return { skill: 'shop', outcome: 'deployed', action: 'update', digest: '-', durationMs: 1, ...fields };
}

/** The notices of events, in order. */
function noticesOf(...events: DeployEvent[]): Notice[] {
  const notices = new RolloutNotices(run);
  return events.flatMap((event) => notices.of(event) ?? []);
}

const second = { step: { index: 1, of: 3 }, weight: 10 };
const because = 'The canary fails more: 12 of 100 against 1 of 900.';

it('tells of the start, each step once, and that it was promoted', () => {
  const notices = noticesOf(
    written,
    seen(),
    seen({ canary: { requests: 20, failures: 0 } }),
    seen(second),
    seen({ phase: 'done', weight: 10 }),
    finished({}),
  );
  expect(notices.map(({ event, status }) => [event, status])).toEqual([
    ['rollout-started', 'in_progress'],
    ['rollout-step', 'in_progress'],
    ['rollout-promoted', 'completed'],
  ]);
  for (const notice of notices) noticeSchema.parse(JSON.parse(JSON.stringify(notice)));
});

it('tells at once that it was aborted, with the evidence, in each format', () => {
  const out = seen({ phase: 'out', verdict: 'bad', because, canary: { requests: 100, failures: 12 } });
  const [notice, ...more] = noticesOf(written, seen(), out, out, finished({ outcome: 'rolled-back' })).slice(
    1,
  );
  expect(more).toEqual([]);
  expect(notice).toMatchObject({ event: 'rollout-aborted', status: 'failed' });
  expect(notice?.skills[0]?.rollout).toMatchObject({ because, canary: { requests: 100, failures: 12 } });
  for (const text of [toSlack, toDiscord].map((format) => JSON.stringify(notice && format(notice)))) {
    expect(text).toContain('Rollout on production was aborted: all users get the version before: shop');
    expect(text).toMatch(/the canary is out: The canary fails more.*canary 12 of 100 failed/);
  }
});

it('tells no start of a rollout that it only takes up', () => {
  expect(noticesOf(seen(), seen(second)).map(({ event }) => event)).toEqual(['rollout-step']);
});

it.each<[Notice['event'], Partial<DeployResult>[]]>([
  ['rollout-waits', [{ outcome: 'waiting', note: 'Approve it' }]],
  ['rollout-waits', [{ outcome: 'held', cause: { code: 'RolloutWaits', message: 'm', logTail: [] } }]],
  [
    'rollout-held',
    [{ outcome: 'held', cause: { code: 'RolloutHeld', message: 'm', logTail: [] } }, { skill: 'b' }],
  ],
  ['failed', [{ outcome: 'waiting' }, { skill: 'b', outcome: 'failed' }]],
  ['finished', [{}]],
])('calls a run that has left its rollouts to a person %s', (event, results) => {
  const rollouts = new RolloutNotices(run);
  rollouts.of(seen(second));
  const notice = endNotice(run, results.map(resultOf), rollouts.last);
  expect(notice.event).toBe(event);
  const shop = notice.skills.find(({ skill }) => skill === 'shop');
  if (event.startsWith('rollout')) expect(shop?.rollout).toMatchObject({ step: 2, steps: 3, weight: 10 });
});
