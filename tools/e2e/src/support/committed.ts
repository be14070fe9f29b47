import { execa } from 'execa';
import { join } from 'node:path';

/** Root folder of this repository. */
export const repository = join(import.meta.dirname, '../../../..');

/** Copies committed files of this repository into a folder: what a new user gets. */
export async function copyCommitted(paths: string[], folder: string): Promise<void> {
  const { stdout } = await execa('git', ['archive', '--format=tar', 'HEAD', ...paths], {
    cwd: repository,
    encoding: 'buffer',
  });
  await execa('tar', ['-xf', '-', '-C', folder], { input: stdout });
}
