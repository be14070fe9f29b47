import { alternate } from './support/alternate.js';
import type { Report } from './support/benchmark.js';
import { Clone } from './support/clone.js';
import { table } from './support/report.js';
import { skills } from './support/skills-workspace.js';
import { median } from './support/statistics.js';

const rounds = { warm: 3, cold: 1 };
const goal = 0.6;
/** The last commit whose `npm ci` also installed what developers need, and checked all types. */
const rival = '0ae297f50f74c4810da13c83e81a160982265de1';

/** How long the README's two commands take from `git clone` to live URLs: the current commit against an earlier one. */
export async function firstStart(signal: AbortSignal): Promise<Report> {
  const measure = (cache: 'warm' | 'cold') =>
    alternate(rounds[cache], {
      now: () => start('HEAD', cache, signal),
      rival: () => start(rival, cache, signal),
    });
  return report(await measure('warm'), await measure('cold'));
}

/** @returns seconds from the clone until all skills are live; stopping them and deleting the clone do not count */
function start(commit: string, cache: 'warm' | 'cold', signal: AbortSignal): Promise<number> {
  return Clone.lend({ cache, signal }, async (clone) => {
    const began = performance.now();
    await clone.install(commit);
    const printed = await clone.run('npx', ['nx', 'run-many', '-t', 'deploy']);
    const seconds = (performance.now() - began) / 1000;
    if (printed.includes(`${skills.length} skills: ${skills.length} created.`)) return seconds;
    throw new Error(
      `The first deploy of ${commit} did not make ${skills.length} apps. It printed:\n${printed}`,
    );
  });
}

type Seconds = Record<'now' | 'rival', number[]>;

function report(warm: Seconds, cold: Seconds): Report {
  const taken = median(warm.now) / median(warm.rival);
  return {
    title: 'From a clone to five live URLs',
    body: `\`git clone\`, \`npm ci\` and \`npx nx run-many -t deploy\` in a new folder. The rival: the same at ${rival.slice(0, 7)}, the last commit
at which \`npm ci\` also installed what only developers need and checked all types. Seconds by the clock; medians of ${rounds.warm} alternating runs
with npm's cache as it is on the machine, and of ${rounds.cold} with an empty one.

${table(["npm's cache", 'now', 'rival', 'ratio'], [row('warm', warm), row('empty', cold)])}

Goal: at most ${goal} of the rival with a warm cache. It is ${taken.toFixed(2)}: ${taken <= goal ? 'met' : 'NOT met'}.`,
  };
}

function row(name: string, seconds: Seconds): string[] {
  const [now, rival] = [median(seconds.now), median(seconds.rival)];
  return [name, `${now.toFixed(1)} s`, `${rival.toFixed(1)} s`, (now / rival).toFixed(2)];
}
