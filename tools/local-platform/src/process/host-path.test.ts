import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../testing/platform.test.helper.js';
import { hostPath } from './host-path.js';

afterEach(() => void vi.unstubAllEnvs());

async function folderWith(...programs: string[]): Promise<string> {
  const folder = join(await temporaryFolder(), 'bin');
  await mkdir(folder);
  for (const name of programs) {
    await writeFile(join(folder, name), '#!/bin/sh\n');
    await chmod(join(folder, name), 0o755);
  }
  return folder;
}

it("runs the platform's Node, and of every other tool the version that comes first on the user's PATH", async () => {
  const chosen = await folderWith('python3');
  const otherNode = await folderWith('node', 'python3');
  const ofScripts = join(await temporaryFolder(), 'node_modules', '.bin');
  vi.stubEnv('PATH', [ofScripts, chosen, otherNode].join(delimiter));
  expect(hostPath(['/first']).split(delimiter)).toEqual([
    '/first',
    chosen,
    dirname(process.execPath),
    otherNode,
  ]);
});

it("has the platform's Node where the user's PATH has none", async () => {
  const chosen = await folderWith('python3');
  vi.stubEnv('PATH', chosen);
  expect(hostPath().split(delimiter)).toEqual([chosen, dirname(process.execPath)]);
});
