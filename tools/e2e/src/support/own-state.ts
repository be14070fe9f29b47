import { execa } from 'execa';

/** What somebody has in hand in a checkout: HEAD, index, changes that are not staged, files that git does not know, stashes. */
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
