import { type BranchToMerge, mergeBranches } from '@odoobo/git-flow';
import { gitOutput } from '@odoobo/machine/git';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alternate } from './support/alternate.js';
import type { Report } from './support/benchmark.js';
import { table } from './support/report.js';
import { median } from './support/statistics.js';

const rounds = 5;
const merges = 100;
const filesPerSkill = 20;
const goalMs = 10;

/** What a hundred merges in one run cost, against `git merge` in a working tree. */
export async function measureMerges(signal: AbortSignal): Promise<Report> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'merges-')));
  try {
    const bench = await MergeBench.create(folder, signal);
    const values = await alternate(rounds, {
      ours: () => bench.inClone((clone) => bench.ours(clone)),
      rival: () => bench.inClone((clone) => bench.gitMerge(clone)),
      oursPushed: () => bench.inClone((clone) => bench.ours(clone, 'origin')),
      rivalPushed: () =>
        bench.inClone(async (clone) => (await bench.gitMerge(clone)) + (await bench.push(clone))),
    });
    return report(values);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A repository with one branch per skill; every measurement gets its own clone of it. */
class MergeBench {
  #clones = 0;

  private constructor(
    readonly folder: string,
    readonly signal: AbortSignal,
    readonly branches: readonly BranchToMerge[],
  ) {}

  static async create(folder: string, signal: AbortSignal): Promise<MergeBench> {
    const seed = join(folder, 'seed');
    const git = (...args: string[]) => gitOutput(args, { cwd: seed, signal });
    await mkdir(seed);
    await git('init', '-q', '-b', 'main');
    const names = Array.from({ length: merges }, (_, index) => `skill-${index}`);
    for (const name of names) await writeSkill(join(seed, 'skills', name));
    const identity = ['-c', 'user.name=Bench', '-c', 'user.email=bench@example.invalid'];
    await git('add', '-A');
    await git(...identity, 'commit', '-qm', 'first');
    const branches: BranchToMerge[] = [];
    for (const name of names) {
      await git('switch', '-qc', `skill/${name}`, 'main');
      await writeFile(join(seed, 'skills', name, 'file-0.js'), 'changed\n');
      await git(...identity, 'commit', '-qam', `work on ${name}`);
      const commit = await git('rev-parse', 'HEAD');
      branches.push({
        skill: name,
        branch: `skill/${name}`,
        commit,
        message: `Merge skill/${name}\n\nSkill: ${name}`,
      });
    }
    await git('switch', '-q', 'main');
    return new MergeBench(folder, signal, branches);
  }

  /** Passes a clone with its own origin to `measure`; only the work in it is measured. @returns milliseconds */
  async inClone(measure: (clone: string) => Promise<number>): Promise<number> {
    const folder = join(this.folder, `clone-${this.#clones++}`);
    const [origin, clone] = [join(folder, 'origin.git'), join(folder, 'clone')];
    await mkdir(folder);
    await this.#git(
      this.folder,
      'clone',
      '-q',
      '--bare',
      '--no-hardlinks',
      join(this.folder, 'seed'),
      origin,
    );
    await this.#git(this.folder, 'clone', '-q', origin, clone);
    await this.#git(clone, 'config', 'user.name', 'Bench');
    await this.#git(clone, 'config', 'user.email', 'bench@example.invalid');
    for (const { branch, commit } of this.branches) await this.#git(clone, 'branch', '-q', branch, commit);
    try {
      const milliseconds = await measure(clone);
      await this.#check(clone);
      return milliseconds;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  ours(directory: string, remote?: string): Promise<number> {
    return timed(async () => {
      const { branches, signal } = this;
      await mergeBranches({ directory, into: 'main', remote, branches, signal });
    });
  }

  gitMerge(clone: string): Promise<number> {
    return timed(async () => {
      for (const { branch, message } of this.branches)
        await this.#git(clone, 'merge', '--quiet', '--no-ff', '-m', message, branch);
    });
  }

  push(clone: string): Promise<number> {
    return timed(() => this.#git(clone, 'push', '-q', 'origin', 'main'));
  }

  /** @throws when a branch was not merged */
  async #check(clone: string): Promise<void> {
    const merged = await this.#git(clone, 'rev-list', '--count', '--first-parent', '--merges', 'main');
    if (merged !== String(merges)) throw new Error(`${merged} of ${merges} branches were merged`);
  }

  #git(cwd: string, ...args: string[]): Promise<string> {
    return gitOutput(args, { cwd, signal: this.signal });
  }
}

async function writeSkill(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (let file = 0; file < filesPerSkill; file += 1)
    await writeFile(join(directory, `file-${file}.js`), `export const value = ${file};\n`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

type Values = Record<'ours' | 'rival' | 'oursPushed' | 'rivalPushed', number[]>;

function report(values: Values): Report {
  const each = median(values.ours) / merges;
  const push = median(values.oursPushed) - median(values.ours);
  return {
    title: `${merges} merges in one run`,
    body: `\`mergeBranches\` lands ${merges} branches of a repository of ${merges * filesPerSkill} files, each in a merge commit of its own: in memory, with the
working tree brought forward once. The rival: \`git merge --no-ff\`, one branch after another in the working tree. Medians of ${rounds} alternating
runs, each in a fresh clone.

${table(
  ['', 'mergeBranches', 'git merge (rival)', 'ratio'],
  [
    row(`${merges} merges`, values.ours, values.rival),
    row(
      'the same, and pushed to a bare repository on this machine, fetched first',
      values.oursPushed,
      values.rivalPushed,
    ),
    row('each merge', values.ours, values.rival, merges),
  ],
)}

The fetch and the push together cost ${push.toFixed(0)} ms, however many merges. Goal: under ${goalMs} ms a merge. It took ${each.toFixed(1)} ms: ${each < goalMs ? 'met' : 'NOT met'}.`,
  };
}

function row(name: string, ours: readonly number[], rival: readonly number[], divisor = 1): string[] {
  const [mine, theirs] = [median(ours) / divisor, median(rival) / divisor];
  const digits = divisor === 1 ? 0 : 1;
  return [name, `${mine.toFixed(digits)} ms`, `${theirs.toFixed(digits)} ms`, (mine / theirs).toFixed(2)];
}
