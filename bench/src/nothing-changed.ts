import type { Workspace } from '@odoobo/e2e/workspace';
import { alternate } from './support/alternate.js';
import type { Report } from './support/benchmark.js';
import { table } from './support/report.js';
import { skills, withSkillsWorkspace } from './support/skills-workspace.js';
import { median } from './support/statistics.js';
import { timeNx } from './support/time-nx.js';

const rounds = 7;
const goalRatio = 1.3;

/** What a deploy with nothing to do costs over a run of Nx with nothing to do. */
export function nothingChanged(signal: AbortSignal): Promise<Report> {
  return withSkillsWorkspace(async (workspace) => {
    await addNothing(workspace);
    const deploy = { args: ['run-many', '-t', 'deploy'], signal };
    await timeNx(workspace, { ...deploy, daemon: false, prints: `${skills.length} created.` });
    const before = await workspace.records('written');
    const off = await measure(workspace, false, signal);
    const on = await measure(workspace, true, signal);
    const writes = (await workspace.records('written')).length - before.length;
    return report(off, on, writes);
  });
}

/** Targets that Nx runs without starting anything: one alone, one with the same tasks before it as `deploy` has. */
async function addNothing(workspace: Workspace): Promise<void> {
  const targets = {
    nothing: { executor: 'nx:noop' },
    'after-build': { executor: 'nx:noop', dependsOn: ['build', '^after-build'] },
  };
  const project = JSON.stringify({ targets });
  await Promise.all(skills.map((skill) => workspace.write(`skills/${skill}/project.json`, project)));
}

async function measure(workspace: Workspace, daemon: boolean, signal: AbortSignal) {
  const nx = (args: string[], prints: string) => () => timeNx(workspace, { args, daemon, prints, signal });
  const contestants = {
    deploy: nx(['run-many', '-t', 'deploy'], 'Nothing was written.'),
    nothing: nx(['run-many', '-t', 'nothing'], 'Successfully ran target nothing'),
    afterBuild: nx(['run-many', '-t', 'after-build'], 'Successfully ran target after-build'),
    show: nx(['show', 'projects'], skills[0] ?? ''),
  };
  // The first run computes the project graph, and starts the daemon where it is on.
  await contestants.show();
  return alternate(rounds, contestants);
}

type Seconds = Awaited<ReturnType<typeof measure>>;

function report(off: Seconds, on: Seconds, writes: number): Report {
  const ratios = [off, on].map(({ deploy, nothing }) => median(deploy) / median(nothing));
  const met = writes === 0 && ratios.every((ratio) => ratio <= goalRatio);
  return {
    title: 'Deploy with nothing changed',
    body: `\`nx run-many -t deploy\` of this repository's five skills, all live as they should be. The rival: \`nx run-many\` of the
same five projects with a target that is nothing, \`nx:noop\`, for which Nx starts no process and looks at no cache.
For comparison the same with deploy's dependencies (five builds, all cached), and \`nx show projects\`, which only
reads the project graph. Seconds by the clock, medians of ${rounds} alternating runs.

${table(
  ['', 'deploy', 'run-many of nothing (rival)', 'ratio', 'of nothing, after cached builds', 'show projects'],
  [row('daemon off', off), row('daemon on', on)],
)}

Writes to the platform: ${writes}. Goal: 0 writes, and a ratio of at most ${goalRatio}: ${met ? 'met' : 'NOT met'}.`,
  };
}

function row(name: string, seconds: Seconds): string[] {
  const shown = (values: number[]) => `${median(values).toFixed(2)} s`;
  const ratio = median(seconds.deploy) / median(seconds.nothing);
  const { deploy, nothing, afterBuild, show } = seconds;
  return [name, shown(deploy), shown(nothing), ratio.toFixed(2), shown(afterBuild), shown(show)];
}
