import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '../records/record.js';
import { traceHeaders, traceIdOf } from './trace-ids.js';
import { traceOfRun } from './trace-of-run.js';
import { waterfallText } from './waterfall.js';

const run = 'deploy-2026-01-31T09-30-00-000Z-1f3a';
const at = (second: number) => new Date(Date.UTC(2026, 0, 31, 9, 30, second)).toISOString();
const of = { run, environment: 'local', skill: 'shop' } as const;
const url = 'http://shop/health?key=secret';
const failed = { code: 'SmokeTestFailed', message: 'secret', logTail: ['secret'] };
const result = { skill: 'shop', action: 'update', digest: 'sha256:1', durationMs: 1 } as const;

/** A deploy that waits, is written, goes live, fails its smoke test, and is rolled back. */
const records: JournalRecord[] = [
  { type: 'run-started', run, at: at(0), environment: 'local', skills: { shop: { commit: 'abc' } } },
  { ...of, type: 'waiting', at: at(1), reason: 'deployer', for: 'another' },
  { ...of, type: 'planned', at: at(3), action: 'update', changes: [] },
  { ...of, type: 'written', at: at(4), action: 'update', appId: 'a', deploymentId: 'd' },
  { ...of, type: 'progress', at: at(5), deploymentId: 'd', phase: 'BUILDING', done: 0, total: 2 },
  { ...of, type: 'active', at: at(8), deploymentId: 'd', url },
  { ...of, type: 'verifying', at: at(8), url },
  { ...of, type: 'verified', at: at(9), url, tries: 1 },
  { ...of, type: 'smoke-testing', at: at(9), url },
  { ...of, type: 'rolling-back', at: at(11), from: 'd', to: 'c', reason: 'secret' },
  { ...of, type: 'rolled-back', at: at(13), deploymentId: 'e', to: 'c' },
  {
    ...of,
    type: 'finished',
    at: at(14),
    result: { ...result, outcome: 'rolled-back', deploymentId: 'd', cause: failed },
    steps: [
      { name: 'Building service shop', startedAt: at(4), endedAt: at(6) },
      { name: 'Deploying service shop', startedAt: at(6), endedAt: at(8) },
    ],
  },
  { type: 'run-finished', run, at: at(14), status: 'failed' },
  { type: 'notified', run, at: at(20), environment: 'local', event: 'failed' },
];

describe('the trace of a run', () => {
  it('shows what was done, when, within what, and what failed', () => {
    expect(waterfallText(run, traceOfRun(run, records))).toBe(`${run}, trace ${traceIdOf(run)}

deploy                        ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  14 s   ✖ failed
  shop                        ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  14 s   ✖ SmokeTestFailed
    plan                      ━━━                                       1.0 s
    wait for deployer            ━━━━━━                                 2.0 s
    write                              ━━                               1.0 s
    deployment                           ━━━━━━━━━━━━                   4.0 s
      Building service shop              ━━━━━━                         2.0 s
      Deploying service shop                   ━━━━━━                   2.0 s
    verify                                           ━━━                1.0 s
    smoke test                                          ━━━━━           2.0 s  ✖ SmokeTestFailed
    roll back                                                ━━━━━━     2.0 s
`);
  });

  it('has no secret, and the same ids whenever it is made', () => {
    const spans = traceOfRun(run, records);
    expect(JSON.stringify(spans)).not.toContain('secret');
    expect(traceOfRun(run, records)).toEqual(spans);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
    expect(
      spans.every(({ traceId, spanId }) => /^[0-9a-f]{32}$/.test(traceId) && /^[0-9a-f]{16}$/.test(spanId)),
    ).toBe(true);
    expect(spans[1]?.attributes).toEqual({
      'skill.name': 'shop',
      'skill.placement': 'shop',
      'vcs.ref.head.revision': 'abc',
      'skill.outcome': 'rolled-back',
      'skill.action': 'update',
      'deployment.id': 'd',
    });
  });

  it('has what a skill does for the run below the skill, where it is exported', () => {
    const name = { kind: 'deploy', run, startedAt: at(0) } as const;
    const skill = traceOfRun(run, records)[1];
    expect(traceHeaders({ ...name, traced: true }, 'shop')).toEqual({
      traceparent: `00-${skill?.traceId}-${skill?.spanId}-01`,
    });
    expect(traceHeaders({ ...name, traced: false }, 'shop')).toEqual({});
  });

  it('of a merge begins with the run, which its name says', () => {
    const merge = 'merge-2026-01-31T09-30-00-000Z-1f3a';
    const merged = { run: merge, skill: 'shop', branch: 'skill/shop' } as const;
    const spans = traceOfRun(merge, [
      { ...merged, type: 'merged', at: at(5), into: 'main', commit: 'abc', head: 'def' },
      { ...merged, type: 'merge-refused', skill: 'till', at: at(6), reason: 'secret' },
    ]);
    expect(
      spans.map(({ name, endedAt, startedAt, error }) => [name, (endedAt - startedAt) / 1000, error]),
    ).toEqual([
      ['merge', 6, undefined],
      ['shop', 5, undefined],
      ['merge', 5, undefined],
      ['till', 6, 'MergeRefused'],
      ['merge', 6, 'MergeRefused'],
    ]);
  });

  it('of a run that nothing is recorded of is empty; of one with a clock that was set back, no part ends before it begins', () => {
    expect(traceOfRun('deploy-other', records)).toEqual([]);
    const back = records.map((record, index) => ({ ...record, at: at(30 - index) }));
    expect(traceOfRun(run, back).every(({ startedAt, endedAt }) => endedAt >= startedAt)).toBe(true);
  });
});
