import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from './support/service.js';
import { type NxRun, Workspace } from './support/workspace.js';

/** The fault of each skill once it is live, and what its user must read. */
const faults = {
  'answers-500': ['health', /GET \S+\/health: it answered 500; gave up after 5 s/],
  hangs: ['health', /GET \S+\/health: no answer within 5 s; gave up after 5 s/],
  'is-slow': ['response time', /GET \S+\/health: no answer within 2 s \(1 of 10\)/],
  'wrong-skill': ['metadata', /skill: got "impostor", expected "wrong-skill", the id of/],
  'wrong-version': ['metadata', /version: got "0\.0\.9", expected "1\.0\.0"/],
  'wrong-digest': ['metadata', /digest: got "sha256:stale", expected "sha256:[0-9a-f]{64}"/],
  'knows-every-path': ['error handling', /GET \S+\/no-such-path: expected 404, got 200/],
  'takes-every-method': ['error handling', /GET \S+\/invoke: expected 405, got 200/],
  'own-error-format': ['error handling', /the body of its 404: expected JSON like {"error"/],
  'has-no-docs': ['documentation', /GET \S+\/docs: expected 200, got 404/],
  'has-broken-openapi': ['documentation', /GET \S+\/openapi\.json: \/paths: must be object/],
  'invokes-wrongly': ['invoke: hears', /output\/heard: expected {"loud":true}, got "nothing"/],
} satisfies Partial<Record<Fault, [stage: string, reads: RegExp]>>;

const faulty = Object.keys(faults) as (keyof typeof faults)[];
const smokeTests = [
  {
    name: 'hears',
    invoke: { input: { loud: true } },
    expect: { heard: { loud: true }, list: [{ n: 1 }, { n: 2 }] },
  },
];

interface Report {
  success: boolean;
  skills: { skill: string; stages: { name: string; status: string }[] }[];
}

let workspace: Workspace;

beforeAll(async () => {
  workspace = await Workspace.create({ good: { manifest: { smokeTests } } });
  for (const fault of faulty) {
    const behaviour = { fault, faultWhen: join(workspace.root, 'break') };
    await workspace.writeSkill(fault, { behaviour, manifest: { smokeTests } });
  }
  const { output } = await workspace.nx(['run-many', '-t', 'deploy']);
  expect(output).toContain('13 skills: 13 created.');
}, 180_000);
afterAll(() => workspace.close());

/** The report files of a run: the last line of the output names their folder. */
async function readReport({ output }: NxRun): Promise<{ log: string; json: Report; xml: string }> {
  const base = /Report: (logs\/tests\/test-\S+)\.log, \.json, \.xml/.exec(output)?.[1] ?? 'no report';
  const [log, json, xml] = await Promise.all(
    ['log', 'json', 'xml'].map((ending) => workspace.read(`${base}.${ending}`)),
  );
  return { log: log ?? '', json: JSON.parse(json ?? '') as Report, xml: xml ?? '' };
}

function failedIn(json: Report, skill: string): string[] {
  const { stages = [] } = json.skills.find((one) => one.skill === skill) ?? {};
  return stages.filter(({ status }) => status === 'failed').map(({ name }) => name);
}

it('passes skills that keep their contract, and reports every stage', async () => {
  const run = await workspace.nx(['run-many', '-t', 'smoke-test']);
  expect(run.output).toContain('13 skills: 13 passed, 0 failed.');
  expect(run.output).toMatch(/good +✔ +✔ p50 [0-9.]+ m?s, p95 [0-9.]+ m?s +✔ +✔ +✔ +✔ 1\/1\n/);
  expect(run.exitCode).toBe(0);
  const { log, json, xml } = await readReport(run);
  expect(log).toMatch(/^\S+Z good invoke: hears: passed in \d+ ms: 200$/m);
  expect(json.success).toBe(true);
  expect(xml).toContain('<testsuites name="smoke-test" tests="78" failures="0" errors="0" skipped="0"');
});

describe('with faults', () => {
  let run: NxRun;
  beforeAll(async () => {
    await workspace.write('break', '');
    run = await workspace.nx(['run-many', '-t', 'smoke-test', '--timeout=5', '--maxResponseMs=2000']);
    await workspace.remove('break');
  }, 120_000);

  it.each(faulty)('fails a skill that %s, in that stage, and says why', async (fault) => {
    const [stage, reads] = faults[fault];
    expect(run.output).toMatch(reads);
    expect(failedIn((await readReport(run)).json, fault)).toContain(stage);
  });

  it('passes the one that has none', async () => {
    expect(failedIn((await readReport(run)).json, 'good')).toEqual([]);
    expect(run.output).toContain('13 skills: 1 passed, 12 failed.');
    expect(run.exitCode).toBe(1);
  });

  it('runs the later stages, but of a skill that is not healthy', async () => {
    const { json, log, xml } = await readReport(run);
    const statuses = (skill: string) =>
      json.skills.find((one) => one.skill === skill)?.stages.map(({ status }) => status);
    expect(statuses('hangs')).toEqual(['failed', 'skipped', 'skipped', 'skipped', 'skipped', 'skipped']);
    expect(run.output).toMatch(/hangs +✖ +- +- +- +- +-\n/);
    expect(statuses('wrong-skill')).toEqual([
      ...['passed', 'passed', 'failed', 'passed', 'passed', 'passed'],
    ]);
    expect(log).toMatch(/ hangs documentation: skipped in 0 ms: health failed$/m);
    expect(xml).toMatch(
      /<testcase classname="has-no-docs" name="documentation"[^>]*>\s*<failure message="GET/,
    );
  });
});

it('wants the version of the manifest to be live, and says how', async () => {
  await workspace.writeSkill('good', { manifest: { version: '1.1.0', smokeTests } });
  const { exitCode, output } = await workspace.nx(['smoke-test', 'good']);
  expect(output).toMatch(
    /version: got "1\.0\.0", expected "1\.1\.0", the version of its manifest\. Deploy it: npx nx deploy good/,
  );
  expect(exitCode).toBe(1);
  await workspace.writeSkill('good', { manifest: { smokeTests } });
});

it('writes one report where each skill has a process of its own', async () => {
  // Nx shows the output of a separate process only then.
  const args = ['run-many', '-t', 'smoke-test', '-p', 'good,hangs,is-slow', '--output-style=static'];
  const run = await workspace.nx(args, { NX_BATCH_MODE: 'false' });
  expect(run.output.match(/1 skill: 1 passed, 0 failed\./g)).toHaveLength(3);
  expect(run.exitCode).toBe(0);
  const { json } = await readReport(run);
  expect(json.skills.map(({ skill }) => skill)).toEqual(['good', 'hangs', 'is-slow']);
});

it('says so where a skill is not live, or its manifest is wrong', async () => {
  await workspace.writeSkill('unknown', {});
  await workspace.writeSkill('wrong', { manifest: { smokeTests: [{ name: 'nothing' }] } });
  const run = await workspace.nx(['run-many', '-t', 'smoke-test', '-p', 'good,unknown,wrong']);
  expect(run.exitCode).toBe(1);
  expect(run.output).toMatch(
    /unknown is not on the local platform \(\S+\)\. Deploy it: npx nx deploy unknown/,
  );
  expect(run.output).toContain('skills/wrong/skill.json: smokeTests/0/invoke: ');
  expect(run.output).toContain('3 skills: 1 passed, 2 failed.');
});

it('leaves no half of a report when it is interrupted', async () => {
  const folder = join(workspace.root, 'logs/tests');
  const before = await readdir(folder);
  await workspace.write('break', '');
  const run = workspace.start(['run-many', '-t', 'smoke-test', '-p', 'good,hangs', '--timeout=3600']);
  await run.says('✔ good');
  run.kill('SIGINT');
  const { exitCode } = await run.ended;
  await workspace.remove('break');
  expect(exitCode).not.toBe(0);
  const written = (await readdir(folder)).filter((name) => !before.includes(name));
  expect(written).toEqual([expect.stringMatching(/^test-[^.]+\.log$/)]);
});
