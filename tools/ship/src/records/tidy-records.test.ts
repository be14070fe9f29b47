import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { verifyChain } from '../audit/verify-chain.js';
import { readRecorded } from '../plan/recorded.js';
import { type RecordingKind, recordingKinds, recordOf, stepIn } from '../test-support/status-steps.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { Journal } from './journal.js';
import { writeFolded } from './kept-records.js';
import type { JournalRecord } from './record.js';
import { StatusFile } from './status-file.js';
import { tidyRecords } from './tidy-records.js';
import { type WorkspaceFolders, workspaceFolders } from './workspace-folders.js';

const dayMs = 24 * 3_600_000;
const firstDay = Date.UTC(2026, 0, 1);

async function newFolders(): Promise<WorkspaceFolders> {
  return workspaceFolders(await tempDirectory());
}

function linesOf(journal: Journal): string[] {
  const lines: string[] = [];
  for (let positions = {}; ;) {
    const news = journal.readNew(positions);
    if (news.positions === positions) return lines;
    lines.push(...news.lines);
    positions = news.positions;
  }
}

/** What breaks the chain of a journal's entries. */
function brokenLinks(journal: Journal): unknown[] {
  return verifyChain(linesOf(journal).map((text, index) => ({ file: '', number: index + 1, text }))).findings;
}

function startWriter(journal: Journal, kind: RecordingKind, steps: number): ChildProcess {
  const script = join(import.meta.dirname, '../../dist/test-support/journal-writer.js');
  return fork(script, [journal.path, kind, String(steps)]);
}

/** The steps of a kind, in the order of the journal. */
function stepsOf(kind: RecordingKind, journal: Journal): number[] {
  const fold = linesOf(journal).filter((line) => line.includes(`"run":"${kind}-1"`));
  return fold.map((line) => Number(/step (\d+)/.exec(line)?.[1]));
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

it('loses no line of processes that write and rotate the journal at once', { timeout: 60_000 }, async () => {
  const folders = await newFolders();
  const journal = new Journal(folders.journal);
  const steps = process.env['NIGHTLY'] ? 200 : 30;
  const writers = recordingKinds.map((kind) => startWriter(journal, kind, steps));
  const ends = writers.map(async (writer) => (await once(writer, 'exit')) as [number]);
  const status = new StatusFile(folders.status, journal);
  let over = false;
  const ended = Promise.all(ends).then((codes) => {
    over = true;
    return codes.map(([code]) => code);
  });
  // A reader that reads again and again sees every record in order.
  while (!over) {
    status.refresh();
    await delay(1);
  }
  expect(await ended).toEqual(recordingKinds.map(() => 0));
  expect(journal.archived().length).toBeGreaterThan(steps / 20);
  for (const kind of recordingKinds) expect(stepsOf(kind, journal)).toEqual(upTo(steps));
  expect(brokenLinks(journal)).toEqual([]);
  status.refresh();
  for (const kind of recordingKinds) expect(stepIn(status.read(), kind, kind)).toBe(steps);
  rmSync(folders.status);
  const anew = new StatusFile(folders.status, journal).read();
  for (const kind of recordingKinds) expect(stepIn(anew, kind, kind)).toBe(steps);
});

it('loses no line of those that are killed at any moment', { timeout: 60_000 }, async () => {
  const folders = await newFolders();
  const journal = new Journal(folders.journal);
  const reported = new Map<RecordingKind, number>();
  await Promise.all(
    recordingKinds.map(async (kind, index) => {
      const writer = startWriter(journal, kind, 1_000_000);
      writer.on('message', (step) => {
        reported.set(kind, Number(step));
        if (step === 40 + index * 7) writer.kill('SIGKILL');
      });
      await once(writer, 'exit');
    }),
  );
  for (const kind of recordingKinds) {
    const steps = stepsOf(kind, journal);
    expect(steps).toEqual(upTo(steps.length));
    expect(steps.length).toBeGreaterThanOrEqual(reported.get(kind) ?? 1);
    expect(stepIn(new StatusFile(folders.status, journal).read(), kind, kind)).toBe(steps.length);
  }
});

it('sees the line of a writer that was paused during the rotation', async () => {
  const folders = await newFolders();
  const journal = new Journal(folders.journal);
  journal.append(recordOf('deploy', 'shop', 1));
  const status = new StatusFile(folders.status, journal);
  status.refresh();
  const paused = openSync(journal.path, 'a');
  await journal.rotate({ limit: 1 });
  writeFolded(journal);
  journal.append(recordOf('merge', 'other', 1));
  status.refresh();
  writeSync(paused, `${JSON.stringify(recordOf('deploy', 'shop', 2))}\n`);
  closeSync(paused);
  status.refresh();
  expect(stepIn(status.read(), 'deploy', 'shop')).toBe(2);
  expect(stepIn(new StatusFile(`${folders.status}.none`, journal).read(), 'deploy', 'shop')).toBe(2);
});

it('names parts so that they sort by their start, also if the clock goes back', async () => {
  const journal = new Journal((await newFolders()).journal);
  const times = [firstDay, firstDay, firstDay - dayMs, firstDay + 1];
  for (const [part, time] of times.entries()) {
    journal.append({ part });
    await journal.rotate({ now: new Date(time), limit: 1 });
  }
  expect(linesOf(journal)).toEqual(times.map((_, part) => JSON.stringify({ part })));
});

it('gives a run its own records also after a rotation', async () => {
  const folders = await newFolders();
  const journal = new Journal(folders.journal);
  const at = (minute: number) => new Date(firstDay + minute * 60_000).toISOString();
  for (const minute of upTo(9)) {
    journal.append({ at: at(minute), minute });
    if (minute % 3 === 0) await journal.rotate({ now: new Date(at(minute)), limit: 1 });
  }
  const minutesSince = (minute: number) =>
    journal.readSince(at(minute)).map((line) => (JSON.parse(line) as { minute: number }).minute);
  expect(minutesSince(5)).toEqual([4, 5, 6, 7, 8, 9]);
  expect(minutesSince(9)).toEqual([7, 8, 9]);
  expect(journal.readLast(1_000).length).toBe(9);
});

/** The records of a deploy of a skill, with as many words as a real one. */
function recordsOf(run: string, skill: string, at: string, deploymentId: string): JournalRecord[] {
  const common = { run, at, environment: 'local', skill };
  const progress = Array.from({ length: 8 }, (_, done) => {
    return { ...common, type: 'progress', deploymentId, phase: 'DEPLOYING', done, total: 8 };
  });
  return [
    { run, at, type: 'run-started', environment: 'local', skills: { [skill]: {} } },
    { ...common, type: 'written', action: 'update', appId: 'a', deploymentId },
    ...progress,
    { ...common, type: 'active', deploymentId },
  ] as JournalRecord[];
}

function bytesIn(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** After two months nothing new happens; at night the whole year shows it. */
const days = process.env['NIGHTLY'] ? 365 : 90;

it(
  `keeps a month of ${days} days of records, and the status of each skill`,
  { timeout: 60_000 },
  async () => {
    const folders = await newFolders();
    const journal = new Journal(folders.journal);
    const sizes: { journal: number; logs: number }[] = [];
    let status = new StatusFile(folders.status, journal);
    const deploy = (day: number, skill: string, n: number): void => {
      const at = new Date(firstDay + day * dayMs + n * 60_000).toISOString();
      const run = `deploy-${at.replaceAll(/[:.]/g, '-')}`;
      for (const record of recordsOf(`${run}-0000`, skill, at, `${skill}-${day}-${n}`))
        journal.append(record);
      mkdirSync(folders.deploymentLogs, { recursive: true });
      writeFileSync(join(folders.deploymentLogs, `${run}-${skill}.log`), 'what happened\n');
    };
    deploy(0, 'rarely', 0);
    for (let day = 1; day <= days; day++) {
      for (let n = 0; n < 4; n++) deploy(day, `often-${n}`, n);
      if (day % 7 === 0) status = new StatusFile(folders.status, journal);
      status.refresh();
      await tidyRecords(folders, { now: firstDay + (day + 1) * dayMs, largestJournal: 64 * 1024 });
      sizes.push({
        journal: bytesIn(join(folders.journal, '..')) + bytesIn(journal.archives),
        logs: readdirSync(folders.deploymentLogs).length,
      });
    }
    const [afterTwoMonths, atTheEnd] = [sizes[59], sizes[days - 1]];
    expect(atTheEnd?.logs).toBe(120);
    expect(atTheEnd?.logs).toBe(afterTwoMonths?.logs);
    expect(atTheEnd?.journal).toBeLessThan(1.2 * (afterTwoMonths?.journal ?? 0));

    // Even if the status file is lost, all of the time is known.
    for (const known of [status.read(), new StatusFile(`${folders.status}.lost`, journal).read()]) {
      expect(Object.keys(known.skills)).toHaveLength(5);
      expect(known.skills['rarely']).toMatchObject({
        deployment: 'rarely-0-0',
        unverified_deployment: 'rarely-0-0',
        deployment_status: 'ACTIVE',
      });
    }
    const recorded = readRecorded(journal, 'local');
    expect(recorded.get('rarely')).toMatchObject({ live: 'rarely-0-0' });
    expect(recorded.get('often-3')).toMatchObject({ live: `often-3-${days}-3` });
    expect(recorded.get('often-3')?.deployments.size).toBeLessThanOrEqual(100);
  },
);

it('deletes only files of runs, and a part of the journal only after it is folded', async () => {
  const folders = await newFolders();
  const journal = new Journal(folders.journal);
  mkdirSync(folders.testLogs, { recursive: true });
  for (const name of ['mine.log', 'test-2020-01-01T00-00-00-000Z.xml', 'test-of-2020.log'])
    writeFileSync(join(folders.testLogs, name), '');
  for (const record of recordsOf('deploy-1', 'shop', new Date(firstDay).toISOString(), 'd-1'))
    journal.append(record);
  // A crash has left its last line incomplete, and came before the fold.
  appendFileSync(journal.path, '{"type":"act');
  await journal.rotate({ now: new Date(firstDay), limit: 1 });
  await tidyRecords(folders);
  expect(readdirSync(folders.testLogs).sort()).toEqual(['mine.log', 'test-of-2020.log']);
  expect(journal.archived()).toEqual([]);
  expect(readFileSync(join(journal.archives, 'folded.json'), 'utf8')).toContain('d-1');
});
