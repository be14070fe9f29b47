import pc from 'picocolors';
import { expect, it } from 'vitest';
import type { SkillHealth } from './check-skills.js';
import { healthTable } from './health-table.js';

function health(skill: string, fields: Partial<NonNullable<SkillHealth['report']>>): SkillHealth {
  return { skill, report: { healthy: true, url: `http://${skill}/health`, attempts: 1, ...fields } };
}

const reply = { status: 200, headers: new Map(), body: '', milliseconds: 3.21 };

it('shows each skill, sorted, and counts them', () => {
  const results = [
    health('hangs', { healthy: false, attempts: 7, trouble: 'no answer within 10 s' }),
    { skill: 'ghost', trouble: 'ghost is not there' },
    health('fails', { healthy: false, attempts: 12, reply: { ...reply, status: 500, milliseconds: 1499 } }),
    health('good', { reply }),
  ];
  expect(healthTable(results, { style: pc.createColors(false), columns: Infinity })).toBe(`
  SKILL  HEALTH     STATUS  TIME    ATTEMPTS  URL
  fails  unhealthy  500     1.5 s   12        http://fails/health
  ghost  not live   -       -       -         -
  good   healthy    200     3.2 ms  1         http://good/health
  hangs  unhealthy  -       -       7         http://hangs/health

  4 skills: 1 healthy, 2 unhealthy, 1 not live.

`);
});
