import type { Workspace } from '@odoobo/e2e/workspace';
import { stopPlatform } from '@odoobo/local-platform';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { alternate } from './support/alternate.js';
import type { Report } from './support/benchmark.js';
import { table } from './support/report.js';
import { releaseAll, skills, withSkillsWorkspace } from './support/skills-workspace.js';
import { median } from './support/statistics.js';
import { timeNx } from './support/time-nx.js';

const rounds = 3;
const goalSeconds = 10;

/** How long the deploy of five skills takes that are already built: all together, and one after another. */
export function firstDeploy(signal: AbortSignal): Promise<Report> {
  return withSkillsWorkspace(async (workspace) => {
    const bench = new DeployBench(workspace, signal);
    await bench.build();
    const fresh = await alternate(rounds, {
      together: () => bench.fresh(() => bench.together('created')),
      inTurn: () => bench.fresh(() => bench.inTurn('created')),
    });
    const running = await alternate(rounds, {
      together: () => bench.newVersions(() => bench.together('updated')),
      inTurn: () => bench.newVersions(() => bench.inTurn('updated')),
    });
    return report(fresh, running);
  });
}

class DeployBench {
  #version = 0;

  constructor(
    readonly workspace: Workspace,
    readonly signal: AbortSignal,
  ) {}

  async build(): Promise<void> {
    await this.#nx(['run-many', '-t', 'build']);
  }

  together(result: string): Promise<number> {
    return this.#nx(['run-many', '-t', 'deploy'], `${skills.length} skills: ${skills.length} ${result}.`);
  }

  async inTurn(result: string): Promise<number> {
    let seconds = 0;
    for (const skill of skills)
      seconds += await this.#nx(['run', `${skill}:deploy`], `1 skill: 1 ${result}.`);
    return seconds;
  }

  /** Measures in a workspace whose platform was never started. */
  async fresh(measure: () => Promise<number>): Promise<number> {
    const platform = join(this.workspace.root, '.local-platform');
    await stopPlatform(platform);
    await rm(platform, { recursive: true, force: true });
    return measure();
  }

  /** Measures in a workspace where all skills are live and each has a new, built artefact. */
  async newVersions(measure: () => Promise<number>): Promise<number> {
    this.#version++;
    await releaseAll(this.workspace, `1.0.${this.#version}`);
    await this.build();
    return measure();
  }

  #nx(args: string[], prints = ''): Promise<number> {
    return timeNx(this.workspace, { args, prints, daemon: true, signal: this.signal });
  }
}

type Seconds = Record<'together' | 'inTurn', number[]>;

function report(fresh: Seconds, running: Seconds): Report {
  const taken = median(fresh.together);
  return {
    title: 'Five skills deployed for the first time',
    body: `\`nx run-many -t deploy\` of this repository's five skills, their builds done and cached. The rival: the same five,
one \`nx run <skill>:deploy\` after another. Seconds by the clock, medians of ${rounds} alternating runs; Nx's daemon runs.

${table(
  ['', 'together', 'one after another (rival)', 'ratio'],
  [
    row('fresh: the platform is started, five apps created', fresh),
    row('running: five new versions', running),
  ],
)}

Goal: fresh in at most ${goalSeconds} s, aim 5. It took ${taken.toFixed(1)} s: ${taken <= goalSeconds ? 'met' : 'NOT met'}.`,
  };
}

function row(name: string, seconds: Seconds): string[] {
  const [together, inTurn] = [median(seconds.together), median(seconds.inTurn)];
  return [name, `${together.toFixed(2)} s`, `${inTurn.toFixed(2)} s`, (together / inTurn).toFixed(2)];
}
