import { execa, execaSync } from 'execa';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const hasGo = execaSync('go', ['version'], { reject: false }).exitCode === 0;

/**
 * Builds a program from its public Go module, with the dependencies that its own go.sum pins.
 * @param version such as `v1.101.0`
 * @param program the folder of its package main in the module, such as `./cmd/doctl`
 * @param output the file that is written
 * @throws ExecaError if the module cannot be had or does not build
 */
export async function buildFromModule(
  module: string,
  version: string,
  program: string,
  output: string,
): Promise<void> {
  const { stdout } = await execa('go', ['mod', 'download', '-json', `${module}@${version}`], {
    cwd: tmpdir(),
  });
  const { Dir: downloaded } = JSON.parse(stdout) as { Dir: string };
  const folder = await mkdtemp(join(tmpdir(), 'go-module-'));
  try {
    // A module in Go's cache is read-only, and its `vendor` is incomplete: modules are published without it.
    await cp(downloaded, folder, {
      recursive: true,
      filter: (file) => file !== join(downloaded, 'vendor'),
    });
    await execa('chmod', ['-R', 'u+w', folder]);
    await execa('go', ['build', '-mod=mod', '-buildvcs=false', '-o', output, program], { cwd: folder });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Builds the program in a folder of this repository. @throws ExecaError if it does not build */
export async function buildProgram(folder: string, output: string): Promise<void> {
  await execa('go', ['build', '-buildvcs=false', '-o', output, '.'], { cwd: folder });
}
