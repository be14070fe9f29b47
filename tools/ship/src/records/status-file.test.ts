import fc from 'fast-check';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { existsSync, readFileSync, watch } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { type RecordingKind, recordingKinds, recordOf, stepIn } from '../test-support/status-steps.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { Journal } from './journal.js';
import { type JournalRecord, parseRecord } from './record.js';
import { type Status, StatusFold, statusSchema } from './status.js';
import { StatusFile } from './status-file.js';

const at = '2026-01-01T00:00:00.000Z';

function started(run: string, ...skills: string[]): JournalRecord {
  return {
    type: 'run-started',
    run,
    at,
    environment: 'local',
    skills: Object.fromEntries(skills.map((skill) => [skill, {}])),
  };
}

function progress(run: string, skill: string, phase: string): JournalRecord {
  return {
    type: 'progress',
    run,
    environment: 'local',
    at,
    skill,
    deploymentId: 'd',
    phase,
    done: 1,
    total: 6,
  };
}

async function newFiles(): Promise<{ path: string; journal: Journal; read: () => Status }> {
  const directory = await tempDirectory();
  const path = join(directory, 'WORKTREE_STATUS.json');
  const journal = new Journal(join(directory, 'journal.jsonl'));
  return { path, journal, read: () => statusSchema.parse(JSON.parse(readFileSync(path, 'utf8'))) };
}

it('keeps the entries of skills that a later run does not touch', async () => {
  const { path, journal, read } = await newFiles();
  for (const record of [started('one', 'a', 'b'), progress('one', 'a', 'BUILDING'), started('two', 'b')])
    journal.append(record);
  new StatusFile(path, journal).refresh();
  expect(read()).toMatchObject({
    deployment_id: 'two',
    skills: { a: { deployment_status: 'BUILDING' }, b: { status: 'pending' } },
  });
});

it('folds the whole journal if the file is broken, and skips an incomplete line', async () => {
  const { path, journal, read } = await newFiles();
  journal.append(started('one', 'a'));
  await writeFile(path, '{"deployment_id": ');
  await writeFile(journal.path, `${readFileSync(journal.path, 'utf8')}{"type":"progr\n`);
  journal.append(progress('one', 'a', 'DEPLOYING'));
  new StatusFile(path, journal).refresh();
  expect(read().skills['a']?.deployment_status).toBe('DEPLOYING');
});

it('creates no temporary file beside the status file, where git does not ignore it', async () => {
  const { path, journal } = await newFiles();
  journal.append(started('one', 'a'));
  const changed = new Set<string>();
  const watcher = watch(dirname(path));
  const changes = on(watcher, 'change');
  new StatusFile(path, journal).refresh();
  await writeFile(join(dirname(path), 'ended'), '');
  for await (const [, name] of changes) {
    changed.add(String(name));
    if (name === 'ended') break;
  }
  watcher.close();
  expect([...changed].sort()).toEqual(['WORKTREE_STATUS.json', 'ended', 'logs']);
});

it('removes the temporary file of a process that was killed during a write, but not of a live one', async () => {
  const { path, journal } = await newFiles();
  const ended = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(ended, 'exit');
  const left = (pid: number | undefined) =>
    join(journal.archives, `${basename(path)}.${pid}.00000000-0000-4000-8000-000000000000.tmp`);
  await mkdir(journal.archives, { recursive: true });
  await writeFile(left(ended.pid), '{');
  await writeFile(left(process.pid), '{');
  new StatusFile(path, journal).refresh();
  expect(existsSync(left(ended.pid))).toBe(false);
  expect(existsSync(left(process.pid))).toBe(true);
});

it('has the same result whoever folds, from any position', async () => {
  const skill = fc.constantFrom('a', 'b', 'c');
  const record = fc.oneof(
    fc
      .tuple(fc.constantFrom('one', 'two'), fc.uniqueArray(skill))
      .map(([run, skills]) => started(run, ...skills)),
    fc
      .tuple(fc.constantFrom(...recordingKinds), skill, fc.nat(9))
      .map(([kind, name, step]) => recordOf(kind, name, step)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1 }), fc.array(fc.boolean()), async (records, stops) => {
      const { path, journal } = await newFiles();
      let writer = new StatusFile(path, journal);
      for (const [index, one] of records.entries()) {
        journal.append(one);
        if (stops[index]) writer.refresh();
        if (!stops[index]) writer = new StatusFile(path, journal);
      }
      writer.refresh();
      const whole = new StatusFold();
      for (const one of records) whole.add(one);
      expect(statusSchema.parse(JSON.parse(readFileSync(path, 'utf8')))).toEqual(whole.status);
    }),
    { numRuns: 50 },
  );
});

/** Starts a process that records a run of a kind, for a skill of the same name. */
function startWriter(path: string, journal: Journal, kind: RecordingKind, steps: number): ChildProcess {
  const script = join(import.meta.dirname, '../../dist/test-support/status-writer.js');
  return fork(script, [path, journal.path, kind, kind, String(steps)]);
}

it('loses no update of processes of all kinds that write at once', async () => {
  const { path, journal, read } = await newFiles();
  const writers = recordingKinds.map((kind) => startWriter(path, journal, kind, 40));
  const codes = await Promise.all(writers.map(async (writer) => (await once(writer, 'exit')) as [number]));
  expect(codes.map(([code]) => code)).toEqual(recordingKinds.map(() => 0));
  expect(recordingKinds.map((kind) => stepIn(read(), kind, kind))).toEqual(recordingKinds.map(() => 40));
});

it('loses no update when processes are killed at any moment, and is complete at every read', async () => {
  const { path, journal, read } = await newFiles();
  /** The last step that each process has reported. */
  const reported = new Map<RecordingKind, number>();
  const endless = 1_000_000;
  const ends = recordingKinds.map(async (kind, index) => {
    const writer = startWriter(path, journal, kind, endless);
    const lastStep = 5 + index * 4;
    writer.on('message', (step) => {
      reported.set(kind, Number(step));
      if (existsSync(path)) read();
      if (step === lastStep) writer.kill('SIGKILL');
    });
    const [, signal] = (await once(writer, 'exit')) as [null, string];
    expect(signal).toBe('SIGKILL');
  });
  await Promise.all(ends);
  new StatusFile(path, journal).refresh();
  for (const kind of recordingKinds)
    expect(stepIn(read(), kind, kind)).toBeGreaterThanOrEqual(reported.get(kind) ?? 1);
  const whole = new StatusFold();
  for (const line of journal.readFrom(0).lines) {
    const record = parseRecord(line);
    if (record) whole.add(record);
  }
  expect(read()).toEqual(whole.status);
});
