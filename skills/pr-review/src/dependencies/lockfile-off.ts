import { posix } from 'node:path';
import { type ChangedFile, sideOf } from '../diff/parse-diff.js';
import type { WholeFiles } from '../diff/whole-files.js';

/** Settings with which npm, pnpm and Yarn write no lockfile. */
const off: Record<string, RegExp> = {
  '.npmrc': /^\s*(?:package-lock|shrinkwrap|lockfile)\s*=\s*false\s*$/m,
  '.yarnrc': /^\s*(?:--(?:install\.)?(?:no-lockfile|pure-lockfile)\b|lockfile\s+false)/m,
};

/** Whether the settings beside a manifest, or in a folder above, say that there is no lockfile. */
export async function isLockfileOff(
  folders: string[],
  files: ChangedFile[],
  whole: WholeFiles | undefined,
): Promise<boolean> {
  for (const folder of folders) {
    for (const [name, setting] of Object.entries(off)) {
      const text = await settingsIn(posix.join(folder, name), files, whole);
      if (text !== undefined && setting.test(text)) return true;
    }
  }
  return false;
}

/** The file in the repository, else what the diff shows of it. */
async function settingsIn(
  path: string,
  files: ChangedFile[],
  whole: WholeFiles | undefined,
): Promise<string | undefined> {
  const changed = files.find((file) => file.path === path && file.status !== 'deleted');
  if (changed)
    return changed.hunks.flatMap(({ lines }) => sideOf('+', lines).map((line) => line.slice(1))).join('\n');
  if (!whole || !(await whole.list(posix.dirname(path))).includes(posix.basename(path))) return undefined;
  return whole.read(path);
}
