import type { SkillPlace } from '../manifest/skill-place.js';
import { oncePer } from '../runs/once-per.js';
import { ownPlacementsFile, sharedPlacementsFile } from './placement-files.js';
import { isSamePlacement, readPlacementsFile, type WrittenPlacement } from './placements-file.js';

type Read = typeof readPlacementsFile;

/** Reads each file once, for many skills: one of the files is about all. */
export function readPlacementsOnce(): Read {
  return oncePer((root, file) => `${root}\0${file}`, readPlacementsFile);
}

/**
 * The placements of a skill in all environments: those of all skills, and its own, which go before.
 * @throws AppSpecError for a file that is wrong
 */
export async function readPlacements(
  { workspaceRoot, skill }: Pick<SkillPlace, 'workspaceRoot' | 'skill'>,
  read: Read = readPlacementsFile,
): Promise<WrittenPlacement[]> {
  const [shared, own] = await Promise.all([
    read(workspaceRoot, sharedPlacementsFile),
    read(workspaceRoot, ownPlacementsFile(skill)),
  ]);
  return [...shared.filter((one) => !own.some((other) => isSamePlacement(one, other))), ...own];
}
