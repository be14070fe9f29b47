import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { table } from '../support/report.js';
import { median } from '../support/statistics.js';
import { peakMemory, underLoad, withService } from './service.js';
import { type Contestant, contestants } from './visual-diff/contestants.js';
import { findChromium, type Shots, takeShots } from './visual-diff/shots.js';

const rounds = 3;

/** For the memory under load: so many comparisons, so many of them at once. */
const load = { requests: 80, atOnce: 8 };

/**
 * How many regressions visual-diff, odiff, pixelmatch and reg-cli miss at their defaults, how often they alarm for noise
 * of the rendering, and how long they take for a page that is 20,000 pixels high.
 */
export async function measureVisualDiff(signal: AbortSignal): Promise<string[]> {
  const heading = ['## visual-diff', ''];
  const chromium = findChromium();
  if (!chromium) return [...heading, 'Not measured: Chromium is not installed.'];
  const folder = await mkdtemp(join(tmpdir(), 'bench-visual-diff-'));
  try {
    const shots = await takeShots(chromium, folder, signal);
    return await withService('visual-diff', {}, signal, async (service) => {
      const all = await contestants(folder, service);
      const [skill] = all;
      const rows = await compareAll(all, shots, signal);
      const changed = shots.groups.regressions[0] ?? shots.before;
      await underLoad(load.requests, load.atOnce, async () => skill?.passes(shots.before, changed));
      const after = `the above and ${load.requests} comparisons of 1280 x 1000 pixels, ${load.atOnce} at once`;
      return [...heading, ...rows, '', await peakMemory(service, after)];
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compareAll(all: Contestant[], shots: Shots, signal: AbortSignal): Promise<string[]> {
  const rows: string[][] = [];
  const times = await timeAll(all, shots, signal);
  for (const contestant of all) {
    const passed = async (group: keyof Shots['groups']) => {
      const verdicts = await inTurn(
        shots.groups[group],
        (after) => contestant.passes(shots.before, after),
        signal,
      );
      return verdicts.filter(Boolean).length;
    };
    const [missed, missedMore, quiet] = [
      await passed('regressions'),
      await passed('more'),
      await passed('noise'),
    ];
    const { regressions, more, noise } = shots.groups;
    rows.push([
      contestant.name,
      `${missed} of ${regressions.length}`,
      `${missedMore} of ${more.length}`,
      `${noise.length - quiet} of ${noise.length}`,
      ...(times.get(contestant.name) ?? []),
    ]);
  }
  return [
    table(['', 'missed', 'missed of more', 'false alarms', '20,000 px', 'of processor'], rows),
    '',
    `Screenshots of one page in Chromium with the changes of \`skills/visual-diff/src/cases\`, each tool at its defaults. The time is of the
whole call, for the skill with HTTP and base64; medians of ${rounds} rounds in turn.${all.length > 1 ? '' : ' The other tools could not be installed, so they are left out.'}`,
  ];
}

async function timeAll(
  all: Contestant[],
  { tall }: Shots,
  signal: AbortSignal,
): Promise<Map<string, string[]>> {
  const found = new Map<string, { wall: number; processor: number }[]>();
  for (let round = 0; round < rounds; round++) {
    for (const { name, passes, processorMs } of all) {
      signal.throwIfAborted();
      const [since, before] = [performance.now(), await processorMs()];
      await passes(tall.before, tall.after);
      const time = { wall: performance.now() - since, processor: (await processorMs()) - before };
      found.set(name, [...(found.get(name) ?? []), time]);
    }
  }
  const ms = (times: number[]) => `${Math.round(median(times))} ms`;
  return new Map(
    [...found].map(([name, times]) => [
      name,
      [ms(times.map(({ wall }) => wall)), ms(times.map(({ processor }) => processor))],
    ]),
  );
}

async function inTurn<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  signal: AbortSignal,
): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) {
    signal.throwIfAborted();
    results.push(await work(item));
  }
  return results;
}
