import { appendFileSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readRecorded } from '../plan/recorded.js';
import { Journal } from '../records/journal.js';
import { fileTimestamp } from '../records/run-name.js';
import { StatusFile } from '../records/status-file.js';
import { tidyRecords } from '../records/tidy-records.js';
import { workspaceFolders } from '../records/workspace-folders.js';

/*
 * Measures the files that deploys leave in a workspace, day after day, with a simulated clock:
 * `year-of-records <workspace> <skills> <deploys a day> <skills that each ships> <days at which it is measured, such as 30,60>`.
 * Prints a line of JSON at each of those days.
 */

const dayMs = 24 * 3_600_000;
const firstDay = Date.UTC(2026, 0, 1);

const [root = '', skillCount, deploysADay, shipped, measuredDays = ''] = process.argv.slice(2);
const skills = Array.from({ length: Number(skillCount) }, (_, index) => `skill-${index}`);
const measured = measuredDays.split(',').map(Number);
const folders = workspaceFolders(root);
const journal = new Journal(folders.journal);

let next = 0;

/** The skills of the next deploy: all skills in turn. */
function nextSkills(): string[] {
  return Array.from({ length: Number(shipped) }, () => skills[next++ % skills.length] ?? '');
}

/** Records a deploy: eleven records per skill and its lines in the logs. */
function deploy(at: Date): void {
  const skills = nextSkills();
  const run = `deploy-${fileTimestamp(at.toISOString())}-0000`;
  const common = { run, at: at.toISOString(), environment: 'local' };
  const started = {
    ...common,
    type: 'run-started',
    skills: Object.fromEntries(skills.map((one) => [one, {}])),
  };
  const records = skills.flatMap((skill) => recordsOf({ ...common, skill }, `${run}-${skill}`));
  const lines = [started, ...records, { ...common, type: 'run-finished', status: 'completed' }];
  // One write where a deploy makes many: only the resulting files are measured.
  appendFileSync(journal.path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  mkdirSync(folders.deploymentLogs, { recursive: true });
  const log = join(folders.deploymentLogs, `deploy-${fileTimestamp(at.toISOString())}`);
  for (const name of ['', ...skills.map((skill) => `-${skill}`)])
    writeFileSync(`${log}${name}.log`, `${at.toISOString()} what happened\n`.repeat(10));
}

function recordsOf(common: { skill: string }, deploymentId: string): object[] {
  const progress = Array.from({ length: 6 }, (_, done) => {
    return { ...common, type: 'progress', deploymentId, phase: 'DEPLOYING', done, total: 6 };
  });
  const result = {
    skill: common.skill,
    outcome: 'deployed',
    action: 'update',
    digest: 'sha256:0',
    durationMs: 900,
    deploymentId,
  };
  return [
    { ...common, type: 'planned', action: 'update', changes: [] },
    { ...common, type: 'written', action: 'update', appId: 'a', deploymentId },
    ...progress,
    { ...common, type: 'active', deploymentId, url: 'http://127.0.0.1:4101' },
    { ...common, type: 'verified', deploymentId, url: 'http://127.0.0.1:4101', tries: 1 },
    { ...common, type: 'finished', result },
  ];
}

/** Number and bytes of the files in a folder and its subfolders. */
function sizeOf(folder: string): { files: number; bytes: number } {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const bytes = entries.map(({ parentPath, name }) => statSync(join(parentPath, name)).size);
  return { files: bytes.length, bytes: bytes.reduce((sum, size) => sum + size, 0) };
}

/** In milliseconds of processor time, because others may use the machine too. */
function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const what = ['refreshMs', 'recordedMs', 'anewMs'] as const;

function measureOnce(): Record<(typeof what)[number], number> {
  const lost = join(root, 'lost.json');
  const found = {
    refreshMs: cpuMs(() => new StatusFile(folders.status, journal).refresh()),
    recordedMs: cpuMs(() => readRecorded(journal, 'local')),
    anewMs: cpuMs(() => new StatusFile(lost, journal).read()),
  };
  rmSync(lost, { force: true });
  return found;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

mkdirSync(dirname(journal.path), { recursive: true });
const samples: ReturnType<typeof measureOnce>[] = [];
let now = firstDay;
for (let day = 1; day <= Math.max(...measured); day++) {
  for (let n = 0; n < Number(deploysADay); n++) {
    now = firstDay + day * dayMs + n * 60_000;
    deploy(new Date(now));
  }
  // Each deploy does so; the resulting files are the same.
  new StatusFile(folders.status, journal).refresh();
  await tidyRecords(folders, { now });
  samples.push(measureOnce());
  if (!measured.includes(day)) continue;
  // Over the last month, because the journal is sometimes small, sometimes large.
  const month = samples.slice(-30);
  const times = what.map((name) => [name, median(month.map((sample) => sample[name]))]);
  process.stdout.write(`${JSON.stringify({ day, ...sizeOf(root), ...Object.fromEntries(times) })}\n`);
}
