import fc from 'fast-check';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Repository, tempDirectory } from '../test-support/repository.js';
import type { CombinationCheck } from './combine.js';
import { mergeBranches } from './merge-branches.js';
import type { BranchToMerge } from './result.js';

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** A check that fails if all files of a set exist, and counts its calls. */
function failsWith(
  repository: Repository,
  bad: readonly string[][],
): { check: CombinationCheck; runs: () => number } {
  let runs = 0;
  const check: CombinationCheck = async ({ head }) => {
    runs += 1;
    const files = (await repository.git('ls-tree', '--name-only', head)).split('\n');
    const found = bad.find((set) => set.every((name) => files.includes(name)));
    return found ? { passed: false, output: `${found.join(' and ')} fail` } : { passed: true };
  };
  return { check, runs: () => runs };
}

it('finds the branches that break the rest, whichever they are, and lands all others', async () => {
  const repository = await Repository.create(join(await tempDirectory(), 'alone'));
  const base = await repository.head('main');
  const branches: BranchToMerge[] = [];
  for (const name of names) branches.push(await repository.branch(name));
  await fc.assert(
    fc.asyncProperty(fc.subarray(names), fc.shuffledSubarray(names, { minLength: 1 }), async (bad, order) => {
      await repository.git('reset', '-q', '--hard', base);
      const wanted = order.flatMap((name) => branches.filter(({ skill }) => skill === name));
      const { check, runs } = failsWith(
        repository,
        bad.map((name) => [name]),
      );
      const { results } = await mergeBranches({
        directory: repository.directory,
        into: 'main',
        branches: wanted,
        check,
      });
      const outcome = (name: string) =>
        bad.includes(name) ? [name, 'check-failed', `${name} fail`] : [name, 'merged', undefined];
      const outcomes = results.map((result) => [
        result.skill,
        result.outcome,
        'output' in result ? result.output : undefined,
      ]);
      expect(outcomes).toEqual(order.map(outcome));
      const there = (await repository.git('ls-tree', '--name-only', 'main'))
        .split('\n')
        .filter((name) => names.includes(name));
      expect(there).toEqual(names.filter((name) => order.includes(name) && !bad.includes(name)));
      // One check per culprit and bisection step, and one of the remaining branches.
      const culprits = order.filter((name) => bad.includes(name)).length;
      expect(runs()).toBeLessThanOrEqual(culprits * (1 + Math.ceil(Math.log2(order.length))) + 1);
    }),
    { numRuns: process.env['NIGHTLY'] ? 25 : 3 },
  );
});

it('leaves out the later of two that only fail together', async () => {
  const repository = await Repository.create(join(await tempDirectory(), 'alone'));
  const branches: BranchToMerge[] = [];
  for (const name of ['a', 'b', 'c', 'd']) branches.push(await repository.branch(name));
  const { check } = failsWith(repository, [['b', 'd']]);
  const { results } = await mergeBranches({ directory: repository.directory, into: 'main', branches, check });
  expect(results).toMatchObject([
    { skill: 'a', outcome: 'merged' },
    { skill: 'b', outcome: 'merged' },
    { skill: 'c', outcome: 'merged' },
    { skill: 'd', outcome: 'check-failed', output: 'b and d fail' },
  ]);
});
