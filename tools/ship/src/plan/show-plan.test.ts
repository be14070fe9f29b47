import type { SkillPlan } from '@odoobo/app-platform';
import pc from 'picocolors';
import { expect, it } from 'vitest';
import { joinParts, type PlannedSkill, type PlanPart } from './plan.js';
import { showPlan } from './show-plan.js';

const none: SkillPlan['drift'] = { state: 'none', changes: [] };
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

function planOf(skill: string, action: SkillPlan['action'], more: Partial<SkillPlan> = {}): SkillPlan {
  return { skill, action, changes: [], cost: { now: 5, after: 5 }, drift: none, ...more };
}

function partOf(...skills: PlannedSkill[]): PlanPart {
  const startedAt = '2026-01-01T00:00:00.000Z';
  return { run: 'plan-1', startedAt, environment: 'local', platform: 'the local platform', skills };
}

function shown(part: PlanPart, earlier: PlanPart[] = [], expected = part.skills.length): string {
  return showPlan(part, joinParts([part, ...earlier]), {
    style: pc.createColors(false),
    columns: Infinity,
    suffix: '',
    places: [],
    expected,
  });
}

it('shows what would change, field by field, and a summary of the run', () => {
  const changes = [
    { path: 'services/web/instance_size_slug', before: 'apps-s-1vcpu-0.5gb', after: 'apps-s-1vcpu-1gb' },
    { path: 'services/web/image/digest', before: digest('a'), after: digest('b') },
    { path: 'services/web/envs/KEY/value', before: '(secret)', after: '(secret)' },
    { path: 'services/web/run_command', before: `node ${'x'.repeat(80)}` },
    { path: 'alerts', after: 'two\n\u001b[31mlines' },
  ];
  const part = partOf(
    planOf('word-count', 'create', { cost: { now: 0, after: 5 } }),
    planOf('nl-sql', 'update', { changes, cost: { now: 5, after: 12 } }),
    planOf('pr-review', 'none'),
  );
  expect(shown(part)).toBe(`
  Plan for 3 skills on the local platform

  ~ nl-sql      update  $5.00 -> $12.00 a month
      services/web/instance_size_slug: apps-s-1vcpu-0.5gb -> apps-s-1vcpu-1gb
      services/web/image/digest: sha256:aaaaaaaaaaaa -> sha256:bbbbbbbbbbbb
      services/web/envs/KEY/value: (secret) changed
      - services/web/run_command: node ${'x'.repeat(54)}…
      + alerts: two lines
  = pr-review   none    $5.00 a month
  + word-count  create  $5.00 a month

  3 skills: 1 to create, 1 to update, 1 unchanged. $10.00 -> $22.00 a month. Nothing was changed.

`);
});

it('shows what a schedule saves', () => {
  const planned = (schedule: { without: number; with: number }) =>
    shown(partOf({ ...planOf('shop', 'none'), schedule }));
  expect(planned({ without: 48, with: 30 })).toContain(
    'the schedule saves $18.00 a month: $30.00 on average instead of $48.00',
  );
  expect(planned({ without: 48, with: 60 })).toContain(
    'the schedule costs $12.00 more a month: $60.00 on average instead of $48.00',
  );
});

it.each([
  [
    { needed: 6, cost: 72, least: 6, most: 6 },
    'need 6 x apps-s-1vcpu-1gb, $72.00 a month; the App Spec has 6',
  ],
  [
    { needed: 6, cost: 72, least: 1, most: 8 },
    'need 6 x apps-s-1vcpu-1gb, $72.00 a month; the App Spec has 1 to 8',
  ],
  [
    { needed: 6, cost: 72, least: 1, most: 4 },
    'need 6 x apps-s-1vcpu-1gb, $72.00 a month; the App Spec has 1 to 4, too few: raise that to 6',
  ],
  [
    { needed: 6, least: 1, most: 1, isSingle: true },
    'need 6 x apps-s-1vcpu-1gb; the App Spec has 1, too few: this size allows one, so choose another',
  ],
  [
    { least: 1, most: 1 },
    'need an unknown number of instances: measure one of apps-s-1vcpu-1gb, and add it to load/perInstance of the manifest',
  ],
])('shows how many instances its load needs: %j', (more, expected) => {
  const load = { service: 'web', requestsPerSecond: 300, size: 'apps-s-1vcpu-1gb', isSingle: false, ...more };
  const text = shown(partOf({ ...planOf('shop', 'none'), load }));
  expect(text).toContain(`      300 requests a second to web ${expected}\n`);
});

it('shows which placements go live before, where there is something to deploy', () => {
  const earlier = { wave: 1, skills: ['shop-eu', 'shop-ap'], soakMs: 600_000 };
  const part = partOf(planOf('shop-us', 'update'), planOf('shop-sg', 'none'));
  const placed = { ...part, skills: part.skills.map((plan) => ({ ...plan, of: 'shop', earlier })) };
  expect(shown(placed).match(/after wave.*/g)).toEqual([
    'after wave 1: shop-eu, shop-ap, live for 10 min 00 s',
  ]);
});

it('shows how long a rollout takes, and what it costs meanwhile', () => {
  const rollout = { steps: 3, leastSeconds: 1500, needsApproval: true, costMeanwhile: 22 };
  const text = shown(
    partOf(
      planOf('shop', 'update', { rollout: { ...rollout, state: 'begins' } }),
      planOf('till', 'update', { rollout: { ...rollout, state: 'ends' } }),
    ),
  );
  expect(text).toContain(
    'rolled out in 3 steps, at least 25 min 00 s and an approval; $22.00 a month meanwhile',
  );
  expect(text).toContain('ends the rollout that is under way');
});

it('shows drift, also if deploy would do nothing', () => {
  const part = partOf(
    planOf('scaled', 'none', {
      drift: {
        state: 'deployment',
        changes: [{ path: 'services/web/instance_count', before: '1', after: '2' }],
        deploymentId: 'd2',
        cause: 'manual',
        since: '2026-01-01T00:00:00.123Z',
      },
    }),
    planOf('rewritten', 'none', { drift: { state: 'spec', changes: [], since: '2026-01-02T00:00:00Z' } }),
    planOf('gone', 'create', { drift: { state: 'deleted', changes: [] } }),
    planOf('clone', 'none', { drift: { state: 'unknown', changes: [] } }),
    planOf('back', 'update', { rolledBack: { deploymentId: 'd3', to: 'd1' } }),
  );
  const text = shown(part);
  expect(text).toContain(
    'drift: deployment d2, live since 2026-01-01T00:00:00Z, was not deployed from this repository (manual)\n' +
      '        services/web/instance_count: 1 -> 2\n',
  );
  expect(text).toContain('drift: the spec was changed on the platform since 2026-01-02T00:00:00Z');
  expect(text).toContain('drift: the app was deleted on the platform');
  expect(text).toContain('Drift cannot be detected for 1 skill: no deploy is recorded here.');
  expect(text).toContain('rolled back: d3 restored d1');
  expect(text).toContain('5 skills: 1 to create, 1 to update, 3 unchanged; 3 drifted.');
});

it('says what prevents an update', () => {
  const text = shown(
    partOf(
      planOf('stuck', 'update', { pinned: 'd1' }),
      planOf('pinned', 'none', { pinned: 'd2' }),
      planOf('busy', 'update', { overtakes: { deploymentId: 'd3', cause: 'a push' } }),
      planOf('coming', 'follow', { deploymentId: 'd4' }),
      planOf('back', 'held', { refusal: { code: 'Held', message: 'it was rolled back from' } }),
      planOf('broken', 'failed', {
        problem: 'skill.json: no\nsecond line',
        cost: { unknown: 'there is no plan' },
      }),
    ),
  );
  expect(text).toContain('pinned to d1 by a rollback, so deploy refuses this.');
  expect(text).toContain(
    'Keep the rollback: npx nx rollback stuck --commit. Undo it: npx nx rollback stuck --revert',
  );
  expect(text).not.toContain('pinned to d2');
  expect(text).toContain('overtakes deployment d3, which is under way (a push)');
  expect(text).toContain('deployment d4 is under way');
  expect(text).toMatch(/‖ back +held +\$5\.00 a month\n {6}deploy refuses this: it was rolled back from/);
  expect(text).toMatch(/✖ broken +cannot be planned\n {6}skill\.json: no\n {6}second line/);
  expect(text).toContain(
    '6 skills: 2 to update, 1 under way, 1 unchanged, 1 held, 1 not planned. $25.00 a month',
  );
});

it('does not guess costs, and says why they are unknown', () => {
  const text = shown(
    partOf(
      planOf('a', 'update', { cost: { now: 5, unknown: 'no such image' } }),
      planOf('b', 'create', { cost: { now: 0, unknown: 'no such image' } }),
      planOf('c', 'update', { cost: { after: 12, unknown: 'no version is live' } }),
      planOf('d', 'none'),
    ),
  );
  expect(text).toMatch(/~ a +update +\$5\.00 a month -> unknown\n/);
  expect(text).toMatch(/\+ b +create +cost unknown\n/);
  expect(text).toMatch(/~ c +update +unknown -> \$12\.00 a month\n/);
  expect(text).toContain('The cost of a, b is unknown: no such image.');
  expect(text).toContain('The cost of c is unknown: no version is live.');
  expect(text).toContain('$5.00 a month, and 3 of unknown cost.');
  expect(shown(partOf(planOf('a', 'create', { cost: { now: 0, unknown: 'why' } })))).toContain(
    '1 skill: 1 to create. The cost is unknown. Nothing was changed.',
  );
});

it('shows each skill once, and the total of all batches, or how many are done', () => {
  const first = partOf(planOf('a', 'none'));
  expect(shown(first, [], 2)).toContain('1 of 2 skills: 1 unchanged. $5.00 a month.');
  const text = shown(partOf(planOf('b', 'none')), [first], 2);
  expect(text).not.toContain('= a');
  expect(text).toContain('2 skills: 2 unchanged. $10.00 a month.');
});
