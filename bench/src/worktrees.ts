import { createWorktrees, type WorktreeRequest } from '@odoobo/git-flow';
import { git, gitOutput } from '@odoobo/machine/git';
import { setMaxListeners } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { alternate } from './support/alternate.js';
import type { Report } from './support/benchmark.js';
import { table } from './support/report.js';
import { median } from './support/statistics.js';
import { clearWorktrees, type Lent, withRepository } from './worktrees/repository.js';

const rounds = 3;
const usual = { files: 300, worktrees: 100 };
const large = { files: 10_000, worktrees: 3 };
/** How many worktrees plain git creates at the same time, which makes it lose some. */
const plainAtOnce = 16;
const goalSparse = 3;

type Contestant = (lent: Lent, count: number) => Promise<{ failed: number }>;

/** What 100 worktrees cost, and whether each exists; and what a sparse worktree saves. */
export async function measureWorktrees(signal: AbortSignal): Promise<Report> {
  const many = await withRepository(usual.files, (lent) =>
    measure(
      lent,
      usual.worktrees,
      { ours: ours(signal), plain: plain(signal), plainAtOnce: plainParallel(signal) },
      signal,
    ),
  );
  const sparse = await withRepository(large.files, (lent) =>
    measure(
      lent,
      large.worktrees,
      { sparse: ours(signal, ['d0']), full: ours(signal), plain: plain(signal) },
      signal,
    ),
  );
  return report(many, sparse);
}

/** Milliseconds per worktree of each contestant, and how many it lost. */
interface Measured<Name extends string> {
  milliseconds: Record<Name, number[]>;
  failed: Record<Name, number>;
}

async function measure<Name extends string>(
  lent: Lent,
  count: number,
  contestants: Record<Name, Contestant>,
  signal: AbortSignal,
): Promise<Measured<Name>> {
  const names = Object.keys(contestants) as Name[];
  const failed = Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
  const timed = names.map((name) => [
    name,
    async () => {
      signal.throwIfAborted();
      await clearWorktrees(lent);
      await mkdir(lent.base);
      const start = performance.now();
      failed[name] += (await contestants[name](lent, count)).failed;
      return (performance.now() - start) / count;
    },
  ]);
  const runs = Object.fromEntries(timed) as Record<Name, () => Promise<number>>;
  return { milliseconds: await alternate(rounds, runs), failed };
}

function requestsOf({ base }: Lent, count: number): WorktreeRequest[] {
  const skills = Array.from({ length: count }, (_, index) => `s${index}`);
  return skills.map((skill) => ({ skill, branch: `skill/${skill}`, path: join(base, skill) }));
}

function ours(signal: AbortSignal, folders?: string[]): Contestant {
  return async (lent, count) => {
    const requests = requestsOf(lent, count).map((request) => ({ ...request, ...(folders && { folders }) }));
    const results = await createWorktrees(requests, {
      cwd: lent.root,
      workspace: '',
      signal,
      defaultBranch: 'main',
      claim: async () => ({ release: async () => {} }),
      carry: { never: [] },
      onWarning: (message) => process.stderr.write(`${message}\n`),
      onNotice: (message) => process.stderr.write(`${message}\n`),
    });
    return { failed: results.filter(({ action }) => action !== 'created').length };
  };
}

const add = ({ branch, path }: WorktreeRequest) => ['worktree', 'add', '--quiet', '-b', branch, path, 'main'];

function plain(signal: AbortSignal): Contestant {
  return async (lent, count) => {
    const options = { cwd: lent.root, signal };
    for (const request of requestsOf(lent, count)) await gitOutput(add(request), options);
    return { failed: 0 };
  };
}

function plainParallel(signal: AbortSignal): Contestant {
  setMaxListeners(2 * plainAtOnce, signal);
  return async (lent, count) => {
    const limit = pLimit(plainAtOnce);
    const options = { cwd: lent.root, signal };
    const ends = requestsOf(lent, count).map((request) => limit(() => git(add(request), options)));
    return { failed: (await Promise.all(ends)).filter(({ exitCode }) => exitCode !== 0).length };
  };
}

function report(
  many: Measured<'ours' | 'plain' | 'plainAtOnce'>,
  sparse: Measured<'sparse' | 'full' | 'plain'>,
): Report {
  const ratio = median(many.milliseconds.ours) / median(many.milliseconds.plain);
  const faster = median(sparse.milliseconds.plain) / median(sparse.milliseconds.sparse);
  const lost = many.failed.ours + sparse.failed.sparse + sparse.failed.full;
  const met = lost === 0 && ratio <= 1 && faster >= goalSparse;
  const row = <Name extends string>(name: string, key: Name, { milliseconds, failed }: Measured<Name>) => [
    name,
    `${median(milliseconds[key]).toFixed(0)} ms`,
    String(failed[key]),
  ];
  const head = ['', 'a worktree', `lost in ${rounds} rounds`];
  return {
    title: 'Worktrees',
    body: `${usual.worktrees} worktrees on branches of their own, in a repository of ${usual.files} files: all in one run of
\`nx run-many -t worktree\`, without what Nx costs. The rival: plain \`git worktree add -b\`, one after another. Beside it the same
${plainAtOnce} at once. Milliseconds a worktree by the clock, medians of ${rounds} alternating rounds.

${table(head, [
  row('worktree', 'ours', many),
  row('git worktree add, one after another (rival)', 'plain', many),
  row(`git worktree add, ${plainAtOnce} at once`, 'plainAtOnce', many),
])}

${large.worktrees} worktrees in a repository of ${large.files} files; \`--sparse\` with one folder of 100 files.

${table(head, [
  row('worktree --sparse', 'sparse', sparse),
  row('worktree', 'full', sparse),
  row('git worktree add, one after another (rival)', 'plain', sparse),
])}

Against the rival: ${ratio.toFixed(2)} times as long; sparse, ${faster.toFixed(1)} times as fast. Goal: none lost, at most 1.0 times
as long, sparse at least ${goalSparse} times as fast: ${met ? 'met' : 'NOT met'}.`,
  };
}
