import { startOtlpReceiver } from '@odoobo/telemetry/testing';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Service, underLoad, withService } from './skills/service.js';
import type { Benchmark, Report } from './support/benchmark.js';
import { processorSecondsOfThreads } from './support/processor-time.js';
import { table } from './support/report.js';
import { repository } from './support/skills-workspace.js';
import { median } from './support/statistics.js';

/** How much a skill is measured. */
interface Load {
  /** Calls until V8 has compiled what it runs: some 2.5 s of a quiet processor. After 2,000 short calls, a third of the time was still V8's. */
  warmUp: number;
  /** Many short turns, of over a second in all: what else the machine does in a moment slows both, and some have an export, others none. */
  rounds: number;
}

/** Skills that work on their processor alone. */
const loads: Record<string, Load> = {
  'design-tokens': { warmUp: 12_000, rounds: 60 },
  'nl-sql': { warmUp: 1_000, rounds: 15 },
  'pr-review': { warmUp: 3_000, rounds: 15 },
};
/** Two processes of one program can differ by a tenth for as long as they run. */
const pairs = 5;
const requests = 100;
const atOnce = 8;

interface Row {
  skill: string;
  off: number;
  on: number;
}

/** How many requests a skill answers per second of its processor time, with telemetry on and off. */
export const measureTelemetry: Benchmark = async (signal) => {
  const rows: Row[] = [];
  for (const [skill, load] of Object.entries(loads)) rows.push(await measure(skill, load, signal));
  return report(rows);
};

async function measure(skill: string, load: Load, signal: AbortSignal): Promise<Row> {
  const found: Row[] = [];
  for (let pair = 0; pair < pairs; pair++) found.push(await measurePair(skill, load, signal));
  return { skill, off: median(found.map(({ off }) => off)), on: median(found.map(({ on }) => on)) };
}

async function measurePair(skill: string, load: Load, signal: AbortSignal): Promise<Row> {
  const collector = await startOtlpReceiver();
  const on = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const input = await inputOf(skill);
  try {
    const found = await withService(skill, {}, signal, (without) =>
      withService(skill, on, signal, async (traced) => {
        for (const service of [without, traced])
          await underLoad(load.warmUp, atOnce, () => send(service, input));
        return compare(without, traced, input, load, signal);
      }),
    );
    if (collector.spans.length === 0) throw new Error(`${skill} has exported no span.`);
    return found;
  } finally {
    await collector.close();
  }
}

async function compare(
  without: Service,
  traced: Service,
  input: object,
  { rounds }: Load,
  signal: AbortSignal,
): Promise<Row> {
  let [off, on] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    signal.throwIfAborted();
    off += await secondsOfRound(without, input);
    on += await secondsOfRound(traced, input);
  }
  // All of it, and no median of the rounds: not each has an export.
  return { skill: without.name, off: (rounds * requests) / off, on: (rounds * requests) / on };
}

async function inputOf(skill: string): Promise<object> {
  const text = await readFile(join(repository, 'skills', skill, 'skill.json'), 'utf8');
  const { smokeTests } = JSON.parse(text) as { smokeTests: { invoke: { input: object } }[] };
  const first = smokeTests[0];
  if (!first) throw new Error(`${skill} has no smoke test.`);
  return first.invoke.input;
}

async function secondsOfRound(service: Service, input: object): Promise<number> {
  const before = await processorSecondsOfThreads(service.pid);
  await underLoad(requests, atOnce, () => send(service, input));
  return (await processorSecondsOfThreads(service.pid)) - before;
}

async function send({ url, name }: Service, input: object): Promise<void> {
  const answer = await fetch(`${url}/invoke`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${name} refuses its smoke test: ${text}`);
}

function report(rows: readonly Row[]): Report {
  const isMet = rows.every(({ on, off }) => on / off >= 0.9);
  return {
    title: 'What telemetry costs a skill',
    body: `The bundle that \`build\` made answers the call of its first smoke test, ${atOnce} at once. Counted are requests per second of
the process's processor time, without an OTLP endpoint (rival) and with one that receives all spans and metrics. Exports
and the collection of garbage are counted, too. After ${listed(({ warmUp }) => warmUp)} requests to warm up, ${listed(({ rounds }) => rounds)} rounds of ${requests} requests in turn;
medians of ${pairs} pairs of processes.

${table(
  ['', 'off', 'on', 'ratio', 'added to a request'],
  rows.map(({ skill, off, on }) => [
    skill,
    off.toFixed(0),
    on.toFixed(0),
    (on / off).toFixed(2),
    `${(1e6 / on - 1e6 / off).toFixed(0)} µs`,
  ]),
)}

Goal: at least 0.9: ${isMet ? 'met' : 'not met'}.`,
  };
}

function listed(of: (load: Load) => number): string {
  return Object.values(loads).map(of).join(', ');
}
