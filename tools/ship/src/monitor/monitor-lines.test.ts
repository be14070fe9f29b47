import fc from 'fast-check';
import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';
import { expect, it } from 'vitest';
import { truncate } from '../terminal/truncate.js';
import { fittingReport, wholeReport } from './monitor-lines.js';
import { type MonitorReport, type MonitorRow, statuses } from './report.js';

const plain = pc.createColors(false);
const at = '2026-01-01T12:00:00.000Z';
const healthy = { healthy: true, url: 'http://a/health', status: 200, milliseconds: 2.42, version: '1.4.0' };
const trouble = 'connection refused (ECONNREFUSED)';

function row(skill: string, fields: Partial<MonitorRow> = {}): MonitorRow {
  return { skill, status: 'healthy', inWorkspace: true, lastFailed: false, pinned: false, ...fields };
}

function live(minutes: number, digest?: string): NonNullable<MonitorRow['live']> {
  const since = new Date(Date.parse(at) - minutes * 60_000).toISOString();
  return { deploymentId: 'd', since, url: 'http://a', ...(digest && { digest }) };
}

function report(skills: MonitorRow[], fields: Partial<MonitorReport> = {}): MonitorReport {
  const count = (status: string) => skills.filter((one) => one.status === status).length;
  const summary = Object.fromEntries(statuses.map((status) => [status, count(status)]));
  return {
    at,
    platform: 'the platform',
    seenAt: at,
    success: true,
    summary: summary as MonitorReport['summary'],
    skills,
    events: [],
    ...fields,
  };
}

const underWay = { deploymentId: 'd-2', phase: 'PENDING_BUILD', done: 2, total: 6 };

it('shows phase, progress, health, time, version or digest, age and URL, counts and last events', () => {
  const skills = [
    row('bad', { status: 'unhealthy', live: live(90), health: { healthy: false, url: '', trouble } }),
    row('broken', { status: 'failed', lastFailed: true }),
    row('older', { status: 'failed', lastFailed: true, live: live(60 * 50), health: healthy }),
    row('next', { status: 'deploying', live: live(1), underWay, health: healthy, pinned: true }),
    row('other', { status: 'live', live: live(0, `sha256:${'0123456789ab'.repeat(6)}`) }),
    row('ghost', { status: 'undeployed' }),
  ];
  const events = [{ at: '2026-01-01T11:57:00.000Z', skill: 'bad', text: 'deployed after 1.2 s' }];
  expect(wholeReport(report(skills, { events }), plain).join('\n')).toBe(`\
  6 skills: 1 unhealthy, 2 failed, 1 deploying, 1 live, 1 not deployed
  the platform  2026-01-01 12:00:00 UTC

  SKILL   PHASE                              HEALTH                             TIME    VERSION              AGE     URL
  bad     active                             connection refused (ECONNREFUSED)  -       -                    90 min  http://a
  broken  failed                             -                                  -       -                    -       -
  older   active, last deploy failed         healthy                            2.4 ms  1.4.0                2 d     http://a
  next    active, pinned, pending build 2/6  healthy                            2.4 ms  1.4.0                60 s    http://a
  other   active                             -                                  -       sha256:0123456789ab  0 s     http://a
  ghost   not deployed                       -                                  -       -                    -       -

  Last events
  3 min  bad  deployed after 1.2 s`);
});

it('shows the whole result of a single check in lines that fit', () => {
  const text = `deployment ${'0'.repeat(36)} of app ${'1'.repeat(36)} is active`;
  const events = [{ at, skill: 'a', text }];
  const printed = [`at ${'/folder'.repeat(12)}`];
  const restarts = { count: 2, at, cause: `${'no '.repeat(20)}database`, component: 'web', lines: printed };
  const lines = wholeReport(report([row('a', { live: live(1), restarts })], { events }), plain, 60);
  expect(
    lines
      .filter((line) => line.startsWith('    | '))
      .join('')
      .replaceAll('    | ', ''),
  ).toBe(printed[0]);
  expect(lines.filter((line) => line.length > 60)).toEqual([]);
  expect(lines.slice(-2)).toEqual([
    `  0 s  a  deployment ${'0'.repeat(36)} of`,
    `    app ${'1'.repeat(36)} is active`,
  ]);
});

const rollout = {
  id: 'r1',
  state: {
    id: 'r1',
    phase: 'going',
    step: 2,
    steps: 4,
    weight: 10,
    waits_for: ['approval'],
    verdict: 'good',
    live: { requests: 900, failures: 1 },
    canary: { requests: 100, failures: 0, p95: 12 },
  },
};

it('shows how far rollouts are, and why one cannot be asked', () => {
  const skills = [
    row('shop', { live: live(5), health: healthy, rollout }),
    row('till', { live: live(5), rollout: { id: 'r2', trouble: 'ROLLOUT_KEY is not set' } }),
  ];
  const text = wholeReport(report(skills), plain).join('\n');
  expect(text).toMatch(/shop +active, rollout 2\/4 at 10 %  healthy/);
  expect(text).toContain(`
  Rollouts
  shop  step 2/4 at 10 %, waits for an approval; canary 0 of 100 failed (p95 12 ms), live 1 of 900 failed; verdict good
  till  ROLLOUT_KEY is not set`);
  const held = { ...rollout.state, phase: 'held' };
  const standing = report([row('shop', { live: live(5), rollout: { id: 'r1', state: held } })]);
  expect(wholeReport(standing, plain).join('\n')).toContain('active, rollout held 2/4 at 10 %');
});

it('shows the age of the table when the platform is gone', () => {
  const gone = report([row('a')], { trouble: 'It is gone.\nStart it.', seenAt: '2026-01-01T11:59:26.000Z' });
  expect(wholeReport(gone, plain)).toEqual(
    expect.arrayContaining([
      '  The platform cannot be read. The table is from 34 s ago. Trying again.',
      '  It is gone.',
      '  Start it.',
    ]),
  );
});

it('shows as many of a thousand skills as fit, the most urgent first, and counts the others', () => {
  const thousand = Array.from({ length: 1000 }, (_, index) =>
    row(
      `skill-${index}`,
      index === 0 ? { status: 'failed', lastFailed: true } : { live: live(5), health: healthy },
    ),
  );
  const lines = fittingReport(report(thousand), plain, { columns: 80, rows: 34 });
  expect(lines).toHaveLength(34);
  expect(lines[4]).toMatch(/^ {2}skill-0 +failed/);
  expect(lines.at(-1)).toBe('  and 971 more, all healthy');
});

it('counts what it leaves out by status', () => {
  const skills = [row('a'), row('b'), row('c'), row('d', { status: 'undeployed' })];
  const lines = fittingReport(report(skills), plain, { columns: 80, rows: 6 });
  expect(lines.at(-1)).toBe('  and 3 more: 2 healthy, 1 not deployed');
});

it('gives events a third of the height with many skills, and more with few', () => {
  const events = Array.from({ length: 8 }, (_, index) => ({ at, skill: 'a', text: `event ${index}` }));
  const shown = (skills: number) =>
    fittingReport(
      report(
        Array.from({ length: skills }, (_, index) => row(`s-${index}`)),
        { events },
      ),
      plain,
      {
        columns: 80,
        rows: 24,
      },
    ).filter((line) => line.includes('event ')).length;
  expect([shown(5), shown(500)]).toEqual([8, 5]);
});

const word = fc.string({ unit: fc.constantFrom('a', 'ü', ' ', '-', '9'), maxLength: 60 });
const anyRow = fc.record({
  skill: word,
  status: fc.constantFrom(...statuses),
  inWorkspace: fc.boolean(),
  lastFailed: fc.boolean(),
  pinned: fc.boolean(),
  live: fc.record({ deploymentId: word, url: word, since: fc.constant(at) }),
  health: fc.record({ healthy: fc.boolean(), url: word, version: word, trouble: word }),
  rollout: fc.constantFrom(undefined, rollout),
});

it('fits into any terminal: no line longer than it is wide, no more lines than it is high', () => {
  const events = fc.array(fc.record({ at: fc.constant(at), skill: word, text: word }), { maxLength: 8 });
  const size = fc.record({
    columns: fc.integer({ min: 1, max: 250 }),
    rows: fc.integer({ min: 1, max: 60 }),
  });
  const trouble = fc.option(word, { nil: undefined });
  fc.assert(
    fc.property(
      fc.array(anyRow),
      events,
      trouble,
      size,
      fc.boolean(),
      (rows, happened, wrong, terminal, coloured) => {
        const whole = report(rows, { events: happened, ...(wrong !== undefined && { trouble: wrong }) });
        const lines = fittingReport(whole, pc.createColors(coloured), terminal).map(stripVTControlCharacters);
        expect(lines.length).toBeLessThanOrEqual(terminal.rows);
        for (const line of lines) expect([...line].length).toBeLessThanOrEqual(terminal.columns);
        expect(lines[0]).toBe(truncate(wholeReport(whole, plain)[0] ?? '', terminal.columns));
      },
    ),
  );
});

const digest = `sha256:${'0123456789ab'.repeat(6)}`;
const placed = (of: string, name: string, fields: Partial<MonitorRow> = {}) =>
  row(`${of}-${name}`, { placement: { of, name }, live: live(1, digest), health: healthy, ...fields });
const placedSkills = [
  placed('shop', 'eu'),
  placed('shop', 'us', { drifted: true }),
  placed('till', 'eu', { status: 'unhealthy', health: { healthy: false, url: '', trouble } }),
  row('till-us', { status: 'undeployed', placement: { of: 'till', name: 'us' } }),
  placed('cart', 'us', { status: 'failed', lastFailed: true }),
];

it('shows which placement of a skill is where, and what is wrong with it', () => {
  const lines = wholeReport(report(placedSkills), plain, 120);
  expect(lines.slice(-4)).toEqual([
    '  SKILL  eu                 us',
    '  cart   -                  1.4.0 0123456 last deploy failed',
    '  shop   1.4.0 0123456      1.4.0 0123456 changed by someone else',
    '  till   0123456 unhealthy  not deployed',
  ]);
});

it('gives each placement a line where they do not fit beside each other', () => {
  const skills = Array.from({ length: 9 }, (_, index) => placed('shop', `region-${String(index)}`));
  const lines = wholeReport(report(skills), plain, 60);
  expect(lines.slice(-10, -8)).toEqual(['  PLACEMENT  shop', '  region-0   1.4.0 0123456']);
});
