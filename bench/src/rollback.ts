import type { Workspace } from '@odoobo/e2e/workspace';
import { alternate } from './support/alternate.js';
import type { Report } from './support/benchmark.js';
import { table } from './support/report.js';
import { releaseAll, skills, withSkillsWorkspace } from './support/skills-workspace.js';
import { median } from './support/statistics.js';
import { timeNx } from './support/time-nx.js';

const rounds = 5;

/** How long it takes to roll five skills back to their earlier versions, against deploying new ones. */
export function rollback(signal: AbortSignal): Promise<Report> {
  return withSkillsWorkspace(async (workspace) => {
    const bench = new RollbackBench(workspace, signal);
    await bench.deployNext();
    const seconds = await alternate(rounds, {
      deploy: () => bench.deployNext(),
      rollback: () => bench.rollBack(),
    });
    return report(seconds, await bench.secondsFromWrite());
  });
}

type Seconds = Record<'deploy' | 'rollback', number[]>;

class RollbackBench {
  #version = 0;

  constructor(
    readonly workspace: Workspace,
    readonly signal: AbortSignal,
  ) {}

  /** Deploys a version that is already built. */
  async deployNext(): Promise<number> {
    this.#version++;
    await releaseAll(this.workspace, `1.0.${this.#version}`);
    await this.#nx(['run-many', '-t', 'build']);
    const word = this.#version === 1 ? 'created' : 'updated';
    return this.#nx(['run-many', '-t', 'deploy'], `${skills.length} skills: ${skills.length} ${word}.`);
  }

  rollBack(): Promise<number> {
    const prints = `${skills.length} skills: ${skills.length} rolled back.`;
    return this.#nx(['run-many', '-t', 'rollback'], prints);
  }

  /** For each skill, from the platform's reply to the write until its version was live and healthy. */
  async secondsFromWrite(): Promise<Seconds> {
    const written = await this.workspace.records('written');
    const verified = await this.workspace.records('verified');
    const taken = (isWanted: (action: string) => boolean) =>
      written
        .filter(({ action }) => isWanted(String(action)))
        .map(({ run, skill, at }) => {
          const end = verified.find((record) => record['run'] === run && record['skill'] === skill);
          return (Date.parse(String(end?.['at'])) - Date.parse(String(at))) / 1000;
        });
    return {
      deploy: taken((action) => action === 'update'),
      rollback: taken((action) => action === 'rollback'),
    };
  }

  #nx(args: string[], prints = ''): Promise<number> {
    return timeNx(this.workspace, { args, prints, daemon: true, signal: this.signal });
  }
}

function report(whole: Seconds, fromWrite: Seconds): Report {
  const ratio = median(fromWrite.rollback) / median(fromWrite.deploy);
  return {
    title: 'Roll back to the previous version',
    body: `\`nx run-many -t rollback\` of this repository's five skills. The rival: \`nx run-many -t deploy\` of five new versions,
which are built already. Seconds by the clock, medians of ${rounds} alternating runs; Nx's daemon runs.

${table(
  ['', 'rollback', 'deploy (rival)', 'ratio'],
  [
    row('the whole command', whole),
    row('a skill, from the write until it is live and healthy: the switch', fromWrite),
  ],
)}

Goal: as quick as a switch, a ratio of at most 1.1. It is ${ratio.toFixed(2)}: ${ratio <= 1.1 ? 'met' : 'NOT met'}.`,
  };
}

function row(name: string, { rollback: back, deploy }: Seconds): string[] {
  const [one, other] = [median(back), median(deploy)];
  return [name, `${one.toFixed(2)} s`, `${other.toFixed(2)} s`, (one / other).toFixed(2)];
}
