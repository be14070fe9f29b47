import { build } from 'esbuild';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder that is deleted with the test. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'process-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** This folder's modules as JavaScript in `folder`, for other Node processes: what is built may be older. */
export async function compileInto(folder: string): Promise<void> {
  const source = join(import.meta.dirname, '../../src/process');
  const files = (await readdir(source)).filter((name) => name.endsWith('.ts') && !name.includes('.test.'));
  const entryPoints = files.map((name) => join(source, name));
  await build({ entryPoints, outdir: folder, format: 'esm', platform: 'node', logLevel: 'warning' });
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await symlink(
    dirname(dirname(createRequire(import.meta.url).resolve('zod/package.json'))),
    join(folder, 'node_modules'),
  );
}

/** A Node process that runs `script`, killed at the end of the test if it is still there. */
export async function runNode(
  folder: string,
  script: string,
  args: readonly string[] = [],
): Promise<ChildProcess> {
  const file = join(folder, `script-${process.hrtime.bigint()}.mjs`);
  await writeFile(file, script);
  const child = spawn(process.execPath, [file, ...args], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** What is in a file, nothing while there is none. */
export function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
