import type { SkillPlace } from '../manifest/skill-place.js';
import { didYouMean } from '../terminal/did-you-mean.js';
import { appNameOf } from './app-name.js';
import { usualEnvironments } from './environment.js';
import { ownPlacementsFile, sharedPlacementsFile } from './placement-files.js';
import { readPlacementsFile, type WrittenPlacement } from './placements-file.js';

/** The apps of skills, by the id of the skill. */
export type PlacedSkills = ReadonlyMap<string, readonly SkillPlace[]>;

/**
 * The apps that skills have in an environment. Without a file of placements that is the skill's own, as it is given.
 * @throws AppSpecError for a file that is wrong; an error for an environment that no file names
 */
export async function placeSkills(places: readonly SkillPlace[], environment: string): Promise<PlacedSkills> {
  const readOnce = readerOf();
  const placed = places.map(async (place): Promise<[string, SkillPlace[]]> => {
    const all = await readPlacements(place, readOnce);
    return [place.skill, placedIn(place, environment, all)];
  });
  return new Map(await Promise.all(placed));
}

/** The one app that a skill has in an environment. @throws as `placeSkills` */
export async function onlyPlace(
  place: SkillPlace,
  { environment }: { environment: string },
): Promise<SkillPlace> {
  const [only] = (await placeSkills([place], environment)).get(place.skill) ?? [];
  return only ?? place;
}

/** The apps of all skills in an environment, for a look at all: what is wrong with one of them is reported when that is used. */
export async function findPlaces(
  places: readonly SkillPlace[],
  environment: string,
): Promise<readonly SkillPlace[]> {
  const readOnce = readerOf();
  const found = places.map(async (place) => {
    try {
      return placedIn(place, environment, await readPlacements(place, readOnce));
    } catch {
      return [];
    }
  });
  return (await Promise.all(found)).flat();
}

type Read = (workspaceRoot: string, file: string) => Promise<WrittenPlacement[]>;

/** Reads each file once: one of them is about all skills. */
function readerOf(): Read {
  const known = new Map<string, Promise<WrittenPlacement[]>>();
  return (root, file) => {
    const key = `${root}\0${file}`;
    const reading = known.get(key) ?? readPlacementsFile(root, file);
    known.set(key, reading);
    return reading;
  };
}

/**
 * The placements of a skill in all environments: those of all skills, and its own.
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
  const isReplaced = ({ environment }: WrittenPlacement) =>
    own.some((one) => one.environment === environment);
  return [...shared.filter((one) => !isReplaced(one)), ...own];
}

function placedIn(
  place: SkillPlace,
  environment: string,
  placements: readonly WrittenPlacement[],
): SkillPlace[] {
  const found = placements.filter((one) => one.environment === environment);
  if (found.length > 0) return found.map((one) => placedAt(place, one));
  if (usualEnvironments.includes(environment)) return [place];
  const known = [...new Set([...usualEnvironments, ...placements.map((one) => one.environment)])];
  throw new Error(
    `${place.skill} has no placement in the environment "${environment}".${didYouMean(environment, known) || ` It has: ${known.join(', ')}.`} ` +
      `Add one to ${sharedPlacementsFile} or ${ownPlacementsFile(place.skill)}.`,
  );
}

function placedAt(place: SkillPlace, placement: WrittenPlacement): SkillPlace {
  const { environment } = placement;
  const suffix = usualEnvironments.includes(environment) ? '' : `-${environment}`;
  return { ...place, skill: appNameOf(place.skill, suffix), placement: { ...placement, of: place.skill } };
}
