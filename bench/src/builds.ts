import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { alternate } from './support/alternate.js';
import type { Report } from './support/benchmark.js';
import { Clone } from './support/clone.js';
import { processorSecondsOf } from './support/processor-time.js';
import { table } from './support/report.js';
import { skills } from './support/skills-workspace.js';
import { median } from './support/statistics.js';

const rounds = 7;
const goal = 1.3;
/** The last commit whose artefacts are a bundle and nothing else. */
const earlierCommit = '36d451b8';
/** What its earlier source loads from its own folder is carried since; now it loads it from where the service runs. */
const loadsElsewhere = 'skills/visual-diff/src/browser/chromium.ts';

/** What the build of the five skills costs since artefacts hold what services need, and how large they are. */
export function measureBuilds(signal: AbortSignal): Promise<Report> {
  const settings = { cache: 'warm', signal } as const;
  return Clone.lend(settings, (earlier) =>
    Clone.lend(settings, async (now) => {
      await earlier.install(earlierCommit);
      await now.install('HEAD');
      // The same sources for both, so that only what builds them differs.
      const head = (await now.run('git', ['rev-parse', 'HEAD'])).trim();
      await now.run('git', ['checkout', '-q', earlierCommit, '--', 'skills', 'tools/skill-kit']);
      for (const clone of [earlier, now])
        await clone.run('git', ['checkout', '-q', head, '--', loadsElsewhere]);
      const clock = { earlier: [] as number[], now: [] as number[] };
      const timed = (name: keyof typeof clock, clone: Clone) => () =>
        processorSecondsOf(async () => clock[name].push(await build(clone)));
      const contestants = { earlier: timed('earlier', earlier), now: timed('now', now) };
      // The first runs compute the project graph.
      await alternate(1, contestants);
      for (const times of Object.values(clock)) times.length = 0;
      const processor = await alternate(rounds, contestants);
      return report({ processor, clock }, await sizes(earlier), await sizes(now));
    }),
  );
}

/** @returns seconds until Nx has ended @throws with what Nx printed, if it did not build all skills */
async function build(clone: Clone): Promise<number> {
  const began = performance.now();
  const nx = join(clone.cwd, 'node_modules/nx/dist/bin/nx.js');
  const args = ['run-many', '-t', 'build', '-p', skills.join(','), '--skip-nx-cache'];
  const printed = await clone.run(process.execPath, [nx, ...args], { NX_DAEMON: 'false', NX_TUI: 'false' });
  const seconds = (performance.now() - began) / 1000;
  if (printed.includes(`Successfully ran target build for ${skills.length} projects`)) return seconds;
  throw new Error(`nx ${args.join(' ')} printed:\n${printed}`);
}

/** The bytes of each artefact's layer. */
function sizes({ cwd }: Clone): Promise<number[]> {
  return Promise.all(
    skills.map(async (skill) => {
      const image = join(cwd, 'skills', skill, 'dist/image');
      const index = (await readJson(join(image, 'index.json'))) as { manifests: [{ digest: string }] };
      const manifest = (await readJson(join(image, 'blobs', ...index.manifests[0].digest.split(':')))) as {
        layers: [{ size: number }];
      };
      return manifest.layers[0].size;
    }),
  );
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'));
}

type Seconds = Record<'earlier' | 'now', number[]>;

function report(
  { processor, clock }: Record<'processor' | 'clock', Seconds>,
  before: readonly number[],
  after: readonly number[],
): Report {
  const ratio = median(processor.now) / median(processor.earlier);
  const kilobytes = (bytes: number | undefined) => `${((bytes ?? 0) / 1000).toFixed(0)} kB`;
  return {
    title: 'What it costs to build the five skills',
    body: `\`nx run-many -t build --skip-nx-cache\` of the five skills as they were at ${earlierCommit}, by the tools of that commit and by those of today,
daemon off. Of visual-diff, the file that loads playwright-core is today's: what the earlier one loads would be carried. Medians of ${rounds} alternating runs; the processor time is that of all processes, with esbuild's own.

${table(
  ['the whole command', earlierCommit, 'now', 'ratio'],
  [timeRow('processor time', processor), timeRow('by the clock', clock)],
)}

Size of the artefacts:

${table(
  ['', earlierCommit, 'now', 'ratio'],
  skills.map((skill, index) => [
    skill,
    kilobytes(before[index]),
    kilobytes(after[index]),
    ((after[index] ?? 0) / (before[index] ?? 1)).toFixed(2),
  ]),
)}

Goal: at most ${goal} of the processor time at ${earlierCommit}: ${ratio.toFixed(2)}, ${ratio <= goal ? 'met' : 'NOT met'}.`,
  };
}

function timeRow(name: string, { earlier, now }: Seconds): string[] {
  const [before, after] = [median(earlier), median(now)];
  return [name, `${before.toFixed(2)} s`, `${after.toFixed(2)} s`, (after / before).toFixed(2)];
}
