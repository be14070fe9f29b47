import { freePort } from '@odoobo/machine/network';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Benchmark, Report } from './support/benchmark.js';
import { table } from './support/report.js';
import { repository, skills, withSkillsWorkspace } from './support/skills-workspace.js';
import { median } from './support/statistics.js';

const rounds = 9;
/** No skill takes this long to start or to answer its requests, even on a busy machine. */
const deadlineMs = 30_000;

/** A server that does nothing: measures the start of Node itself. */
const bareServer =
  "require('node:http').createServer((q, s) => s.end('{}')).listen(process.env.PORT, '127.0.0.1')";

interface Contestant {
  name: string;
  args: string[];
  /** Requests of its smoke tests, sent so that the skill loads what it needs for them. */
  jobs: readonly unknown[];
}

interface Start {
  startMs: number;
  /** Resident memory after these requests. */
  memoryBytes: number;
}

/** How long a skill takes until its first answer, and how much memory it uses then. */
export const coldStart: Benchmark = (signal) =>
  withSkillsWorkspace(async (workspace) => {
    const { exitCode, output } = await workspace.nx(['run-many', '-t', 'build']);
    if (exitCode !== 0) throw new Error(`The skills do not build:\n${output}`);
    const contestants = [
      ...(await Promise.all(skills.map((skill) => contestantOf(workspace.root, skill)))),
      { name: 'bare node:http (rival)', args: ['-e', bareServer], jobs: [] },
    ];
    const found = new Map<string, Start[]>(contestants.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const contestant of contestants) {
        signal.throwIfAborted();
        found.get(contestant.name)?.push(await start(contestant));
      }
    }
    return report(found);
  });

async function contestantOf(root: string, skill: string): Promise<Contestant> {
  const manifest = JSON.parse(await readFile(join(repository, 'skills', skill, 'skill.json'), 'utf8')) as {
    smokeTests?: { invoke: unknown }[];
  };
  const jobs = (manifest.smokeTests ?? []).map(({ invoke }) => invoke);
  return { name: skill, args: [join(root, 'skills', skill, 'dist/bundle/main.mjs')], jobs };
}

async function start({ name, args, jobs }: Contestant): Promise<Start> {
  const port = await freePort();
  const since = performance.now();
  const service = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], PORT: String(port), NODE_ENV: 'production', LOG_LEVEL: 'error' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(service, 'exit');
  try {
    await firstAnswer(name, service, port);
    const startMs = performance.now() - since;
    for (const job of jobs) await invoke(name, port, job);
    return { startMs, memoryBytes: await residentBytes(service.pid ?? 0) };
  } finally {
    service.kill('SIGKILL');
    await ended;
  }
}

async function firstAnswer(name: string, service: ChildProcess, port: number): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (performance.now() < deadline) {
    if (service.exitCode !== null)
      throw new Error(`${name} ended with ${service.exitCode} before it answered.`);
    const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
    if (answer?.ok) return;
    await delay(2);
  }
  throw new Error(`${name} did not answer within ${deadlineMs / 1000} s.`);
}

async function invoke(name: string, port: number, body: unknown): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/invoke`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(deadlineMs),
  });
  // A 4xx answer counts, too: the smoke tests of a skill that calls others may send requests to be refused.
  if (answer.status >= 500) throw new Error(`${name} answers ${answer.status}: ${await answer.text()}`);
}

/** `ps` reports KiB on Linux and macOS. */
async function residentBytes(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout) * 1024;
}

function report(found: ReadonlyMap<string, readonly Start[]>): Report {
  const rows = [...found].map(([name, starts]) => ({
    name,
    startMs: median(starts.map(({ startMs }) => startMs)),
    memoryBytes: median(starts.map(({ memoryBytes }) => memoryBytes)),
  }));
  const rival = rows.at(-1);
  const isMet = rows.every(({ startMs, memoryBytes }) => startMs <= 150 && memoryBytes <= 120e6);
  return {
    title: 'A skill starts',
    body: `The bundle that \`build\` made is started as a process; the time is until \`/health\` has answered 200. Then it does the jobs of its
smoke tests, and its resident memory is read. The rival is a server of node:http that does nothing. Medians of ${rounds} rounds in
turn.

${table(
  ['', 'start', 'ratio', 'memory', 'ratio'],
  rows.map(({ name, startMs, memoryBytes }) => [
    name,
    `${Math.round(startMs)} ms`,
    (startMs / (rival?.startMs ?? 1)).toFixed(1),
    `${Math.round(memoryBytes / 1e6)} MB`,
    (memoryBytes / (rival?.memoryBytes ?? 1)).toFixed(1),
  ]),
)}

Goal: at most 150 ms and 120 MB a skill: ${isMet ? 'met' : 'not met'}.`,
  };
}
