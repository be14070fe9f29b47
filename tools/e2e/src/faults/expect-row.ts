import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Answer } from '../support/traffic.js';
import type { Converged, FaultEnd, FaultRun } from './fault-run.js';
import { type FaultRow, patternOf } from './row.js';

/** How long a process may take to end after it has written its mark. */
const crashMs = 300;

/** The result of a command with faults, and the run to which it belongs. */
interface Ending {
  run: FaultRun;
  /** Undefined if the command was not run. */
  end: FaultEnd | undefined;
}

/**
 * Tests of a row: what serves, what the user reads, the exit code, that no request is lost, that no process remains, and that the
 * next deploy repairs everything.
 */
export function expectRow(row: FaultRow, atTheEnd: () => Ending): void {
  const { skill, exitCode, answered } = row;
  const versions = answered.split(', ');
  const ended = () => {
    const { run, end } = atTheEnd();
    if (!end) throw new Error('The command did not end.');
    return { run, end };
  };

  if (row.reads.length > 0)
    it('prints what its user needs to know', () => {
      for (const text of row.reads) expect(ended().end.output).toMatch(patternOf(text, skill));
    });

  it(`ends with exit code ${exitCode}`, () => {
    expect(ended().end.exitCode).toBe(exitCode);
  });

  it(`serves the right version: ${answered}`, () => {
    const { run, end } = ended();
    expect(run.trafficOf(skill).saidBetween(end.startedAt, end.endedAt)).toEqual(new Set(versions));
    expect(end.serves.get(skill)).toBe(versions.at(-1));
    if (answered === 'earlier, new') expect(afterTheSwitch(run.trafficOf(skill).answers)).toEqual([]);
  });

  it('loses no request', async () => {
    const { run } = ended();
    const { answers } = run.trafficOf(skill);
    const crashedAt = row.crashMark && (await writtenAt(join(run.workspace.root, row.crashMark)));
    const lost = failuresOf(answers).filter((one) => !crashedAt || !isPostUnderWay(one, crashedAt));
    expect(lost).toEqual([]);
  });

  it('leaves no process', () => {
    expect(ended().end.left).toEqual([]);
  });

  it('converges when the fault is gone, and deploys nothing twice', () => {
    const { deploy, healthcheck, left, deployments } = convergedOf(ended().run);
    for (const text of row.thenReads ?? ['✔ <skill> ']) expect(deploy.output).toMatch(patternOf(text, skill));
    expect(deploy.exitCode).toBe(0);
    expect(healthcheck.output).toMatch(patternOf('<skill> healthy 200', skill));
    expect(healthcheck.exitCode).toBe(0);
    expect(deployments.get(skill)).toBe(row.deployments);
    expect(left).toEqual([]);
  });
}

/** Answers of the earlier version to requests that were sent after the new one had answered. */
function afterTheSwitch(answers: readonly Answer[]): Answer[] {
  const byNew = answers.filter(({ says }) => says === 'new');
  const switchedAt = Math.min(...byNew.map(({ endedAt }) => endedAt));
  return answers.filter(({ says, sentAt }) => says === 'earlier' && sentAt > switchedAt);
}

/** When a file was written, on the clock of `performance.now()`. */
async function writtenAt(file: string): Promise<number> {
  return (await stat(file)).mtimeMs - performance.timeOrigin;
}

/** It is not known what a crashed service had done with a POST, so the POST is not sent again. */
function isPostUnderWay({ kind, sentAt, endedAt }: Answer, crashedAt: number): boolean {
  return kind.startsWith('POST') && sentAt < crashedAt + crashMs && endedAt > crashedAt;
}

function failuresOf(answers: readonly Answer[]): Answer[] {
  return answers.filter(({ failure }) => failure !== undefined);
}

function convergedOf({ converged }: FaultRun): Converged {
  if (!converged) throw new Error('The run has not converged yet.');
  return converged;
}
