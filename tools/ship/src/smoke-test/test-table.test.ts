import pc from 'picocolors';
import { expect, it } from 'vitest';
import type { SkillReport, StageReport } from './report.js';
import { testTable } from './test-table.js';

const at = '2026-01-31T09:30:00.000Z';
const names = ['health', 'response time', 'metadata', 'error handling', 'documentation'];

function skill(name: string, failed: string, own: string[] = []): SkillReport {
  const stages = [...names, ...own].map((one): StageReport => ({
    name: one,
    status: one === failed ? 'failed' : failed === 'health' ? 'skipped' : 'passed',
    durationMs: 1,
    detail: 'p50 2.0 ms, p95 3.0 ms',
    problems: [],
  }));
  return { skill: name, success: failed === '', startedAt: at, stages };
}

it('has one row per skill and one column per stage, and says where the report is', () => {
  const skills = [
    skill('good', '', ['invoke: a', 'invoke: b']),
    skill('ghost', 'health', ['invoke: a']),
    skill('bad', 'invoke: b', ['invoke: a', 'invoke: b']),
  ];
  const report = { startedAt: at, finishedAt: at, platform: 'p', success: false, skills };
  expect(testTable(report, 'logs/tests/test-1', { style: pc.createColors(false), columns: Infinity })).toBe(`
  SKILL  HEALTH  RESPONSE TIME             METADATA  ERROR HANDLING  DOCUMENTATION  OWN
  bad    ✔       ✔ p50 2.0 ms, p95 3.0 ms  ✔         ✔               ✔              ✖ 1/2
  ghost  ✖       -                         -         -               -              -
  good   ✔       ✔ p50 2.0 ms, p95 3.0 ms  ✔         ✔               ✔              ✔ 2/2

  3 skills: 1 passed, 2 failed.
  Report: logs/tests/test-1.log, .json, .xml

`);
});
