import type { Workspace } from '@odoobo/e2e/workspace';
import { alternate } from './support/alternate.js';
import type { Report } from './support/benchmark.js';
import { addIdleExecutor } from './support/idle-executor.js';
import { table } from './support/report.js';
import { skills, withSkillsWorkspace } from './support/skills-workspace.js';
import { median } from './support/statistics.js';
import { timeNx } from './support/time-nx.js';

const rounds = 5;
const goalRatio = 1.3;

/** How much longer a deploy with nothing to do takes than a run of Nx with nothing to do. */
export function nothingChanged(signal: AbortSignal): Promise<Report> {
  return withSkillsWorkspace(async (workspace) => {
    await addRivals(workspace);
    const deploy = { args: ['run-many', '-t', 'deploy'], signal };
    await timeNx(workspace, { ...deploy, daemon: false, prints: `${skills.length} created.` });
    const before = await workspace.records('written');
    const off = await measure(workspace, false, signal);
    const on = await measure(workspace, true, signal);
    const writes = (await workspace.records('written')).length - before.length;
    return report(off, on, writes);
  });
}

/** Targets of the five skills: `idle` has an executor that does nothing and the dependencies of `deploy`; `noop` has neither. */
async function addRivals(workspace: Workspace): Promise<void> {
  await addIdleExecutor(workspace);
  const targets = {
    idle: { executor: './tools/idle:idle', dependsOn: ['build', '^idle'] },
    noop: { executor: 'nx:noop' },
  };
  const project = JSON.stringify({ targets });
  await Promise.all(skills.map((skill) => workspace.write(`skills/${skill}/project.json`, project)));
}

async function measure(workspace: Workspace, daemon: boolean, signal: AbortSignal) {
  const nx = (args: string[], prints: string) => () => timeNx(workspace, { args, daemon, prints, signal });
  const contestants = {
    deploy: nx(['run-many', '-t', 'deploy'], 'already up to date.'),
    idle: nx(['run-many', '-t', 'idle'], 'Successfully ran target idle'),
    noop: nx(['run-many', '-t', 'noop'], 'Successfully ran target noop'),
    show: nx(['show', 'projects'], skills[0] ?? ''),
  };
  // The first run computes the project graph, and starts the daemon if it is enabled.
  await contestants.show();
  return alternate(rounds, contestants);
}

type Seconds = Awaited<ReturnType<typeof measure>>;

function report(off: Seconds, on: Seconds, writes: number): Report {
  const ratios = [off, on].map(({ deploy, idle }) => median(deploy) / median(idle));
  const met = writes === 0 && ratios.every((ratio) => ratio <= goalRatio);
  return {
    title: 'Deploy with nothing changed',
    body: `\`nx run-many -t deploy\` of this repository's five skills, all up to date. The rival: \`nx run-many\` of an
executor that does nothing, on the same five projects, after the same five cached builds, batched like deploy. Beside it
\`nx:noop\` without dependencies, for which Nx starts no process and looks at no cache, and \`nx show projects\`, which only
reads the project graph. Seconds by the clock, medians of ${rounds} alternating runs.

${table(
  ['', 'deploy', 'executor of nothing (rival)', 'ratio', 'nx:noop', 'ratio', 'show projects'],
  [row('daemon off', off), row('daemon on', on)],
)}

Writes to the platform: ${writes}. Goal: 0 writes, and at most ${goalRatio} times the rival: ${met ? 'met' : 'NOT met'}.`,
  };
}

function row(name: string, { deploy, idle, noop, show }: Seconds): string[] {
  const shown = (values: number[]) => `${median(values).toFixed(2)} s`;
  const ratio = (rival: number[]) => (median(deploy) / median(rival)).toFixed(2);
  return [name, shown(deploy), shown(idle), ratio(idle), shown(noop), ratio(noop), shown(show)];
}
