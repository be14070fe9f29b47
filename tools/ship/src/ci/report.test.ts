import type { DeployResult } from '@odoobo/app-platform';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { JournalRecord } from '../records/record.js';
import { startReceiver } from '../test-support/receiver.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { notifyReport } from './notify-report.js';
import { findJournals, readLastRuns, shippedIn } from './read-journals.js';
import { cancelled, makeReport, type Report, reportSchema, supersededBy, type Unrecorded } from './report.js';
import { reportMarkdown } from './report-markdown.js';

const environment = 'production';
const at = (minute: number) => `2026-01-31T09:${String(minute).padStart(2, '0')}:00.000Z`;

/** The records of a job that deploys one skill. */
function deployed(skill: string, minute: number, result: Partial<DeployResult> = {}): JournalRecord[] {
  const run = `deploy-${skill}-${minute}`;
  const whole: DeployResult = {
    skill,
    outcome: 'deployed',
    action: 'update',
    digest: 'sha256:1',
    durationMs: 60_000,
    url: `https://${skill}.example`,
    ...result,
  };
  const common = { run, environment };
  return [
    { ...common, type: 'run-started', at: at(minute), skills: { [skill]: { commit: 'c0ffee00c0ffee00' } } },
    { ...common, type: 'finished', at: at(minute + 1), skill, result: whole },
    { run, type: 'run-finished', at: at(minute + 1), status: 'completed' },
  ];
}

function checked(skill: string, minute: number, healthy: boolean): JournalRecord[] {
  const trouble = healthy ? {} : { trouble: 'status 503' };
  return [{ type: 'checked', run: 'healthcheck-1', at: at(minute), skill, environment, healthy, ...trouble }];
}

const cause = { code: 'DeployContainerExitNonZero', message: 'it ended | <b>badly</b>', logTail: [] };
const failed = { outcome: 'failed', cause } as const;

/** The journals of jobs, each in its own folder, as downloaded with their artefacts. */
async function journals(jobs: Record<string, JournalRecord[]>): Promise<string> {
  const root = await tempDirectory();
  for (const [job, records] of Object.entries(jobs)) {
    await mkdir(join(root, job));
    const lines = records.map((record) => `${JSON.stringify(record)}\n`).join('');
    await writeFile(join(root, job, 'WORKTREE_STATUS.journal.jsonl'), lines);
  }
  return root;
}

async function reportOf(
  jobs: Record<string, JournalRecord[]>,
  skills?: string[],
  unrecorded?: Unrecorded,
): Promise<Report> {
  const records = await readLastRuns(await findJournals(await journals(jobs)));
  return makeReport(skills ?? shippedIn(records), records, unrecorded);
}

it('merges the records of the jobs of a pipeline, including a job that did not deploy', async () => {
  const jobs = {
    'verify-a': checked('a', 5, true),
    'deploy-a': deployed('a', 1),
    'deploy-b': deployed('b', 2, failed),
  };
  const report = reportSchema.parse(await reportOf(jobs, ['c', 'b', 'a']));
  expect(report.success).toBe(false);
  expect(report.skills).toMatchObject([
    { skill: 'a', status: 'completed', deployment_status: 'DEPLOYED', health: { healthy: true } },
    { skill: 'b', status: 'failed', error: 'DeployContainerExitNonZero: it ended | <b>badly</b>' },
    { skill: 'c' },
  ]);
  expect(report.skills[2]).not.toHaveProperty('status');
});

it('fails if a deployed skill is unhealthy later', async () => {
  const fine = { 'deploy-a': deployed('a', 1), 'verify-a': checked('a', 5, true) };
  expect((await reportOf(fine)).success).toBe(true);
  expect((await reportOf({ ...fine, 'verify-a': checked('a', 5, false) })).success).toBe(false);
});

it('is about the last deployment of a workspace, not about those before', async () => {
  const root = await journals({ workspace: [...deployed('old', 1), ...deployed('new', 10)] });
  await writeFile(
    join(root, 'workspace/WORKTREE_STATUS.json'),
    JSON.stringify({ started_at: at(10), skills: {} }),
  );
  expect(shippedIn(await readLastRuns(await findJournals(root)))).toEqual(['new']);
});

it('shows it as a table, in which no text of a skill is Markdown', async () => {
  const jobs = {
    'deploy-a': deployed('a', 1),
    'deploy-b': deployed('b', 2, failed),
    'verify-a': checked('a', 5, false),
  };
  expect(reportMarkdown(await reportOf(jobs, ['a', 'b', 'c']))).toBe(`## ❌ 0 of 3 skills deployed

|  | Skill | Result | Health | Smoke test | Commit | Time |
| --- | --- | --- | --- | --- | --- | --- |
| ❌ | [a](https://a.example) | deployed | **status 503** |  | c0ffee00c0ff | 1 min 00 s |
| ❌ | [b](https://b.example) | failed |  |  | c0ffee00c0ff | 1 min 00 s |
| ❌ | c | not deployed |  |  |  |  |

- **b**: DeployContainerExitNonZero: it ended \\| &lt;b>badly&lt;/b>
`);
  expect(reportMarkdown(await reportOf({ 'deploy-a': deployed('a', 1) }))).toContain(
    '## ✅ 1 skill deployed\n',
  );
});

const superseded = {
  outcome: 'superseded',
  note: 'superseded by c0ffee11, a newer commit of skill/b',
} as const;

it('succeeds if a newer commit has superseded a skill, and says so', async () => {
  const jobs = { 'deploy-a': deployed('a', 1), 'deploy-b': deployed('b', 2, superseded) };
  const report = await reportOf(jobs);
  expect(report).toMatchObject({
    success: true,
    skills: [{ skill: 'a' }, { skill: 'b', status: 'completed', deployment_status: 'SUPERSEDED' }],
  });
  const markdown = reportMarkdown(report);
  expect(markdown).toContain('## ✅ 1 skill deployed, 1 superseded\n');
  expect(markdown).toContain('| ⏩ | [b](https://b.example) | superseded |');
  expect(markdown).toContain('- **b**: superseded by c0ffee11, a newer commit of skill/b\n');
});

it('fails if anything else has overtaken it', async () => {
  const cause = { code: 'Overtaken', message: 'deployment 1 was overtaken by 2', logTail: [] };
  const report = await reportOf({ 'deploy-a': deployed('a', 1, { outcome: 'superseded', cause }) });
  expect(report.success).toBe(false);
  expect(reportMarkdown(report)).toContain('## ❌ 0 of 1 skill deployed\n');
});

it('distinguishes a cancelled job from a failed one, with the reason if it is known', async () => {
  const jobs = { 'deploy-a': deployed('a', 1) };
  const unknown = await reportOf(jobs, ['a', 'b'], cancelled);
  expect(unknown.success).toBe(false);
  expect(reportMarkdown(unknown)).toContain('## ⚪ 1 of 2 skills deployed, 1 cancelled\n');
  const known = await reportOf(jobs, ['a', 'b'], supersededBy('c0ffee11, a newer commit of skill/b'));
  expect(known.success).toBe(true);
  expect(reportMarkdown(known)).toContain('- **b**: superseded by c0ffee11, a newer commit of skill/b\n');
});

it.each([
  [supersededBy('c0ffee11'), 'finished', { outcome: 'superseded', note: 'superseded by c0ffee11' }],
  [cancelled, 'interrupted', { outcome: 'interrupted', cause: { code: 'Cancelled' } }],
])('notifies the webhook of %j', async (unrecorded, event, skill) => {
  const { url, received } = await startReceiver();
  const records = await readLastRuns(await findJournals(await journals({ 'deploy-a': deployed('a', 1) })));
  const env = { NX_SKILLS_WEBHOOK_URL: url };
  await notifyReport(makeReport(['a', 'b'], records, unrecorded), records, { plugins: [], env });
  const { skills } = received[0]?.body as { skills: { skill: string }[] };
  expect(received[0]?.body).toMatchObject({ event });
  expect(skills.find((one) => one.skill === 'b')).toMatchObject(skill);
});

it('notifies the webhook once for all jobs', async () => {
  const { url, received } = await startReceiver();
  const records = await readLastRuns(await findJournals(await journals({ 'deploy-a': deployed('a', 1) })));
  const env = { NX_SKILLS_WEBHOOK_URL: url };
  await notifyReport(makeReport(['a', 'b'], records), records, { plugins: [], env });
  expect(received).toHaveLength(1);
  expect(received[0]?.body).toMatchObject({
    event: 'failed',
    environment: 'production',
    skills: [
      { skill: 'b', outcome: 'failed', cause: { code: 'NotDeployed' } },
      { skill: 'a', outcome: 'deployed' },
    ],
  });
});

it('names the folder that cannot be read', async () => {
  await expect(findJournals('/no/such/folder')).rejects.toThrow(
    '--from: cannot read the folder /no/such/folder',
  );
});

it('calls a rollout that waits for an approval neither a failure nor deployed', async () => {
  const waiting = { outcome: 'waiting', note: 'step 2 needs an approval' } as const;
  const report = await reportOf({ a: deployed('a', 1, waiting), b: deployed('b', 2) }, ['a', 'b']);
  expect(report.success).toBe(false);
  expect(report.skills[0]).toMatchObject({ status: 'in_progress', deployment_status: 'WAITING' });
  const text = reportMarkdown(report);
  expect(text).toContain('## ⏳ 1 of 2 skills deployed, 1 waiting for an approval');
  expect(text).toContain('| ⏳ | [a](https://a.example) | waiting |');
  expect(text).toContain('- **a**: step 2 needs an approval');
  const both = await reportOf({ a: deployed('a', 1, waiting), b: deployed('b', 2, failed) }, ['a', 'b']);
  expect(reportMarkdown(both)).toContain('## ❌ 0 of 2 skills deployed, 1 waiting for an approval');
});
