import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A separate folder for the current test; deleted when it ends. */
export async function tempDirectory(): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'nx-skills-')));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
