import { mainCheckout } from '@odoobo/machine/main-checkout';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '../command-line/index.js';

/** The platform's folder of the workspace around a folder; worktrees share that of the main checkout. */
export async function defaultDirectory(from: string): Promise<string> {
  for (let folder = from; ; folder = dirname(folder)) {
    if (await isWorkspaceRoot(folder)) return join(mainCheckout(folder), '.local-platform');
    if (folder === dirname(folder)) break;
  }
  throw new UsageError(
    `No workspace at or above ${from} (no nx.json, no package.json with workspaces). Set the platform's folder with --directory`,
  );
}

async function isWorkspaceRoot(folder: string): Promise<boolean> {
  if ((await readJson(join(folder, 'nx.json'))) !== undefined) return true;
  return (await readJson(join(folder, 'package.json')))?.['workspaces'] !== undefined;
}

async function readJson(file: string): Promise<Record<string, unknown> | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
