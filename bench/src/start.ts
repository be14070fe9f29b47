import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { alternate } from './support/alternate.js';
import type { Report } from './support/benchmark.js';
import { Clone } from './support/clone.js';
import { addIdleExecutor } from './support/idle-executor.js';
import { table } from './support/report.js';
import { skills } from './support/skills-workspace.js';
import { median } from './support/statistics.js';

const rounds = 5;
const goals = { earlier: 0.5, nothing: 1.15 };
/** The last commit with four plugins in nx.json, each in its own process. */
const earlierCommit = '0ae297f50f74c4810da13c83e81a160982265de1';

/** The start-up time of each command in this repository, against an earlier commit, and how much of it is Nx's own. */
export function measureStart(signal: AbortSignal): Promise<Report> {
  const settings = { cache: 'warm', signal } as const;
  return Clone.lend(settings, (earlier) =>
    Clone.lend(settings, (now) =>
      Clone.lend(settings, async (bare) => {
        await install(earlier, now, bare);
        const off = await measure({ earlier, now, bare }, 'false');
        const on = await measure({ earlier, now, bare }, 'true');
        return report(off, on);
      }),
    ),
  );
}

/** Both commits, each with its skills live, and a copy of the newer one whose Nx does not have the plugin. */
async function install(earlier: Clone, now: Clone, bare: Clone): Promise<void> {
  await earlier.install(earlierCommit);
  await now.install('HEAD');
  await addIdleExecutor(now);
  await cp(now.cwd, bare.cwd, { recursive: true, verbatimSymlinks: true });
  await bare.write('nx.json', JSON.stringify({ ...JSON.parse(await bare.read('nx.json')), plugins: [] }));
  await addIdleTargets(now, ['build', '^idle']);
  await addIdleTargets(bare, ['^idle']);
  for (const clone of [earlier, now]) await time(clone, deploy, 'false', `${skills.length} created.`);
}

async function addIdleTargets(clone: Clone, dependsOn: string[]): Promise<void> {
  for (const skill of skills) {
    const file = `skills/${skill}/project.json`;
    const project = JSON.parse(await clone.read(file)) as { targets: object };
    const targets = { ...project.targets, idle: { executor: './tools/idle:idle', dependsOn } };
    await clone.write(file, JSON.stringify({ ...project, targets }));
  }
}

const show = ['show', 'projects'];
const deploy = ['run-many', '-t', 'deploy'];
const idle = ['run-many', '-t', 'idle'];

async function measure({ earlier, now, bare }: Record<'earlier' | 'now' | 'bare', Clone>, daemon: string) {
  const nx = (clone: Clone, args: string[], prints: string) => () => time(clone, args, daemon, prints);
  const idled = 'Successfully ran target idle';
  const contestants = {
    earlierShow: nx(earlier, show, 'nl-sql'),
    nowShow: nx(now, show, 'nl-sql'),
    bareShow: nx(bare, show, 'nl-sql'),
    // Its daemon computes the graph anew after each deploy, which would slow down the next contestant: another command waits for it.
    earlierDeploy: async () => {
      const seconds = await time(earlier, deploy, daemon, 'Nothing was written.');
      await time(earlier, show, daemon, 'nl-sql');
      return seconds;
    },
    nowDeploy: nx(now, deploy, 'already up to date.'),
    nowIdle: nx(now, idle, idled),
    bareIdle: nx(bare, idle, idled),
  };
  // The first runs compute the project graph, and start the daemon if it is enabled.
  await alternate(1, contestants);
  return alternate(rounds, contestants);
}

/** @returns seconds until Nx has ended @throws with what Nx printed, if it did something other than expected */
async function time(clone: Clone, args: string[], daemon: string, prints: string): Promise<number> {
  const began = performance.now();
  const nx = join(clone.cwd, 'node_modules/nx/dist/bin/nx.js');
  const printed = await clone.run(process.execPath, [nx, ...args], { NX_DAEMON: daemon, NX_TUI: 'false' });
  const seconds = (performance.now() - began) / 1000;
  if (printed.includes(prints)) return seconds;
  throw new Error(`nx ${args.join(' ')} did not print "${prints}", but:\n${printed}`);
}

type Seconds = Awaited<ReturnType<typeof measure>>;

function report(off: Seconds, on: Seconds): Report {
  const ofEarlier = Math.max(ratio(off.nowShow, off.earlierShow), ratio(off.nowDeploy, off.earlierDeploy));
  const ofNothing = ratio(on.nowDeploy, on.nowIdle);
  return {
    title: 'What a command pays before it does anything',
    body: `\`nx show projects\` and \`nx run-many -t deploy\` of five skills that are up to date, in two clones of this
repository: as it is, and at ${earlierCommit.slice(0, 7)}. Beside them, in this one: an executor of nothing, batched like deploy, for the same five
projects after the same five cached builds; and both in a copy whose nx.json does not name the plugin, where nothing is built: that
is Nx's own. Seconds by the clock, medians of ${rounds} alternating runs.

${table(
  ['', earlierCommit.slice(0, 7), 'now', 'ratio', 'executor of nothing', 'ratio', 'without the plugin'],
  [
    row('show projects, daemon off', off.earlierShow, off.nowShow, undefined, off.bareShow),
    row('five unchanged, daemon off', off.earlierDeploy, off.nowDeploy, off.nowIdle, off.bareIdle),
    row('show projects, daemon on', on.earlierShow, on.nowShow, undefined, on.bareShow),
    row('five unchanged, daemon on', on.earlierDeploy, on.nowDeploy, on.nowIdle, on.bareIdle),
  ],
)}

Goals: with the daemon off at most ${goals.earlier} of ${earlierCommit.slice(0, 7)}: ${verdict(ofEarlier, goals.earlier)}. With the daemon on at most
${goals.nothing} times the executor of nothing: ${verdict(ofNothing, goals.nothing)}.`,
  };
}

function row(
  name: string,
  earlier: number[],
  now: number[],
  nothing: number[] | undefined,
  bare: number[],
): string[] {
  const ofNothing = nothing ? [shown(nothing), ratio(now, nothing).toFixed(2)] : ['', ''];
  return [name, shown(earlier), shown(now), ratio(now, earlier).toFixed(2), ...ofNothing, shown(bare)];
}

function shown(seconds: number[]): string {
  return `${median(seconds).toFixed(2)} s`;
}

function ratio(one: number[], other: number[]): number {
  return median(one) / median(other);
}

function verdict(value: number, goal: number): string {
  return `${value.toFixed(2)}, ${value <= goal ? 'met' : 'NOT met'}`;
}
