import { build } from 'esbuild';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder that is deleted with the test. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'machine-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts `script` as a Node process in a folder. It imports modules of this folder by their names, such as `./claim.js`. */
export async function startNode(folder: string, script: string): Promise<ChildProcess> {
  const file = join(folder, `script-${process.hrtime.bigint()}.mjs`);
  // Bundled from the sources: the compiled files may be older.
  await build({
    stdin: { contents: script, resolveDir: import.meta.dirname },
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  const child = spawn(process.execPath, [file], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** The content of a file; empty while it does not exist. */
export function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
