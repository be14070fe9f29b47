import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** Runs the built command line. Build it first (`npm run compile`). */
it.each([20, 32])(
  'reports a limit of open files that is too low, with the limit to raise (%i)',
  async (limit) => {
    const bin = join(import.meta.dirname, '../../bin/nx-skills.js');
    const line = `ulimit -n ${limit}; exec "$0" "$1" base`;
    await expect(promisify(execFile)('/bin/sh', ['-c', line, process.execPath, bin])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^nx-skills: .* too many open files \(EMFILE\)\. Raise the limit.* ulimit -n 4096/,
      ) as string,
    });
  },
);
