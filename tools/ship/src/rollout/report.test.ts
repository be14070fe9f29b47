import { routerStateSchema } from '@odoobo/app-platform';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pc from 'picocolors';
import { expect, it, onTestFinished } from 'vitest';
import { reportFile } from './options.js';
import { reportOf } from './report.js';
import { reportText } from './report-text.js';
import { writeReport } from './write-report.js';

const interval = { estimate: 0.2, low: 0.1, high: 0.3 };
const moment = (minute: number, outcome: object | null) => ({
  at: `2026-01-01T00:0${minute}:00.000Z`,
  weight: 50,
  requests: { live: 100 * minute, canary: 100 * minute },
  failures: { live: 0, canary: minute },
  outcome,
});
const state = routerStateSchema.parse({
  rollout: 'shop-42',
  phase: 'out',
  weight: 0,
  verdict: { answer: 'good', because: 'fine' },
  out: { at: '2026-01-01T00:05:00.000Z', because: 'The experiment has ended: <b> & more', isPlanned: true },
  variants: {
    live: {
      requests: 400,
      failures: 0,
      p50: 10,
      p95: 20,
      left: 1,
      outcome: { count: 400, mean: 0.1, variance: 0.09 },
    },
    canary: {
      requests: 400,
      failures: 4,
      p50: 12,
      p95: 25,
      outcome: { count: 396, mean: 0.3, variance: 0.21 },
    },
  },
  outcome: { ...interval, confidence: 0.95 },
  ratio: { live: 400, canary: 396, expected: 398, odds: 0.1, isOff: false },
  better: 'canary',
  shadow: {
    same: 9,
    different: 1,
    unanswered: 0,
    leftOut: 2,
    kinds: [{ kind: 'body at total', requests: 1 }],
  },
  history: [moment(0, null), moment(1, interval), moment(2, interval)],
});

const look = { style: pc.createColors(false), columns: 100 };

it('a report compares both versions in a table and says what the comparison shows', () => {
  const text = reportText(reportOf('shop', state), look);
  expect(text).toMatch(/MEASURE +LIVE +NEW VERSION/);
  expect(text).toMatch(/failed +0 \(0 %\) +4 \(1 %\)/);
  expect(text).toMatch(/mean outcome +0.1 +0.3/);
  expect(text).toContain('minus that of live is 0.2: with 95 % confidence 0.1 to 0.3');
  expect(text).toContain('The new version is shown to be better.');
  expect(text).toContain('396 of 796 new clients got the new version, 398 were due: as asked for.');
  expect(text).toContain('differs in body at total: 1 requests');
});

it('a ratio that is off says not to trust the outcomes', () => {
  const ratio = { live: 400, canary: 200, expected: 300, odds: 1e9, isOff: true };
  expect(reportText(reportOf('shop', { ...state, ratio }), { ...look, columns: 400 })).toContain(
    '200 of 600 new clients got the new version, 300 were due: too far off to be chance.',
  );
});

it('says when the counts may lack those of another router', () => {
  const heard = [{ router: 'one', requests: 800, secondsAgo: 0 }];
  const of = (expected: number) =>
    reportText(reportOf('shop', { ...state, routers: { expected, heard } }), { ...look, columns: 400 });
  expect(of(2)).toContain('Only 1 of 2 routers were heard of');
  expect(of(1)).not.toContain('routers were heard of');
});

it('a report of a router that compares nothing says what is missing', () => {
  const counts = { requests: 0, failures: 0 };
  const { verdict, rollout } = state;
  const bare = routerStateSchema.parse({
    rollout,
    verdict,
    phase: 'going',
    weight: 1,
    variants: { live: counts, canary: counts },
  });
  const text = reportText(reportOf('shop', bare), look);
  expect(text).toContain('Outcomes are compared when both versions have 100');
  expect(text).toMatch(/95th percentile +- +-/);
});

it('is written as JSON, and as a page that loads nothing and shows what it was given as text', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'report-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const report = reportOf('shop', state);
  writeReport(join(folder, 'report.json'), report);
  expect(JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'))).toEqual(report);
  writeReport(join(folder, 'new', 'report.html'), report);
  const page = await readFile(join(folder, 'new', 'report.html'), 'utf8');
  expect(page).toContain('The experiment has ended: &lt;b&gt; &amp; more');
  expect(page).not.toMatch(/https?:|<script|<b>/);
  expect(page.match(/<svg/g)).toHaveLength(3);
  // The band of the first chart holds both limits: four corners for two moments.
  expect(/class="canary band" points="([^"]+)"/.exec(page)?.[1]?.split(' ')).toHaveLength(4);
  expect(() => writeReport(join(folder, 'report.json', 'x.json'), report)).toThrow(
    /^The report could not be written to .* Name another file: --report=<file>$/,
  );
});

it('needs a file of a known kind, and one skill', () => {
  const folder = tmpdir();
  expect(reportFile({ report: 'a.html' }, folder, ['shop'])).toBe(join(folder, 'a.html'));
  expect(reportFile({ report: true }, folder, ['shop', 'cart'])).toBeUndefined();
  expect(() => reportFile({ report: 'a.pdf' }, folder, ['shop'])).toThrow('ends in .html or .json');
  expect(() => reportFile({ report: 'a.json' }, folder, ['shop', 'cart'])).toThrow('about one skill, not 2');
});
