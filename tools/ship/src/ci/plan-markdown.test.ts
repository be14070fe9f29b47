import { expect, it } from 'vitest';
import { joinParts, type Plan, type PlannedSkill } from '../plan/plan.js';
import { planMarkdown } from './plan-markdown.js';

function planned(
  skill: string,
  action: PlannedSkill['action'],
  more: Partial<PlannedSkill> = {},
): PlannedSkill {
  return {
    skill,
    action,
    changes: [],
    cost: { now: 5, after: 5 },
    drift: { state: 'none', changes: [] },
    ...more,
  };
}

function planOf(...skills: PlannedSkill[]): Plan {
  const startedAt = '2026-01-31T09:00:00.000Z';
  return joinParts([
    { run: 'plan-1', startedAt, environment: 'production', platform: 'App Platform', skills },
  ]);
}

it('shows what would change, and the fields to unfold', () => {
  const changes = [{ path: 'services/web/run_command', before: 'a', after: '</details> ```' }];
  const plan = planOf(
    planned('nl-sql', 'update', { changes, cost: { now: 5, after: 12 } }),
    planned('bad', 'failed', { problem: 'skill.json: no\nsecond' }),
    planned('same', 'none'),
    planned('back', 'held', { changes, refusal: { code: 'Held', message: 'rolled back from' } }),
  );
  expect(planMarkdown(plan))
    .toBe(`## Plan for production: 0 to create, 1 to update, 1 held, 1 cannot be planned

| Skill | Deploy would | Cost |
| --- | --- | --- |
| back | ✋ held | $5.00 a month |
| bad | ❌ cannot be planned |  |
| nl-sql | ✏️ update | $5.00 -> $12.00 a month |
| same | no change | $5.00 a month |

$20.00 -> $27.00 a month. Nothing was changed.

<details><summary>back: 1 change</summary>

    deploy refuses this: rolled back from
    services/web/run_command: a -> </details> \`\`\`

</details>

<details><summary>bad: what is wrong</summary>

    skill.json: no
    second

</details>

<details><summary>nl-sql: 1 change</summary>

    services/web/run_command: a -> </details> \`\`\`

</details>
`);
});

it('says if no skill is affected', () => {
  const summary = { create: 0, update: 0, follow: 0, none: 0, held: 0, failed: 0, drifted: 0 };
  const cost = { now: 0, after: 0, skillsOfUnknownCost: 0 };
  const plan = { run: 'plan-1', startedAt: '', skills: [], summary: { ...summary, cost } };
  expect(planMarkdown(plan)).toContain('No skill is affected');
});

it('fits into a comment, and says what it leaves out', () => {
  const changes = Array.from({ length: 100 }, (_, n) => ({
    path: `envs/${n}`,
    before: 'x'.repeat(60),
    after: 'y',
  }));
  const skills = Array.from({ length: 100 }, (_, n) => planned(`skill-${n}`, 'update', { changes }));
  const markdown = planMarkdown(planOf(...skills));
  expect(markdown.length).toBeLessThan(65_000);
  expect(markdown.match(/✏️ update/g)).toHaveLength(100);
  const shown = markdown.match(/<details>/g)?.length ?? 0;
  expect(markdown).toContain(`The changes of ${100 - shown} more are in the log`);
});

it('says which placements go live before an app that would change', () => {
  const earlier = { wave: 1, skills: ['shop-eu'], soakMs: 600_000 };
  const markdown = planMarkdown(
    planOf(planned('shop-us', 'create', { earlier }), planned('shop-sg', 'none', { earlier })),
  );
  expect(markdown).toContain('    after wave 1: shop-eu, live for 10 min');
  expect(markdown.match(/after wave/g)).toHaveLength(1);
});
