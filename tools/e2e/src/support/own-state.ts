import { execa } from 'execa';

/** A person's work in a checkout: HEAD, index, unstaged changes, untracked files, stashes. */
export async function ownState(checkout: string): Promise<string[]> {
  const commands = [
    ['rev-parse', '--symbolic-full-name', 'HEAD'],
    ['ls-files', '--stage'],
    ['diff'],
    ['status', '--porcelain', '--untracked-files=all'],
    ['stash', 'list', '--format=%H'],
  ];
  return Promise.all(commands.map(async (args) => (await execa('git', args, { cwd: checkout })).stdout));
}
