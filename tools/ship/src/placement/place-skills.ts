import type { SkillPlace } from '../manifest/skill-place.js';
import type { SkillTarget } from '../manifest/target-names.js';
import { didYouMean } from '../terminal/did-you-mean.js';
import { appOf } from './app-name.js';
import { defaultPlacement, usualEnvironments } from './environment.js';
import { ownPlacementsFile, sharedPlacementsFile } from './placement-files.js';
import { readPlacements, readPlacementsOnce } from './placements.js';
import type { WrittenPlacement } from './placements-file.js';
import { chosenBy, isChosen, placementOf, requireChosen, type Selection } from './selection.js';

/** The apps of skills, by the id of the skill. */
export type PlacedSkills = ReadonlyMap<string, readonly SkillPlace[]>;

/**
 * The selected apps of skills. Without a file of placements that is each skill's own, as it is given.
 * @throws AppSpecError for a file that is wrong; an error for an environment, a placement or a tenant that there is not
 */
export async function placeSkills(
  places: readonly SkillPlace[],
  selection: Selection,
): Promise<PlacedSkills> {
  const chosen = chosenBy(selection, places[0]?.workspaceRoot ?? '');
  const read = readPlacementsOnce();
  const all = await Promise.all(
    places.map(async (place): Promise<[string, SkillPlace[]]> => {
      const placements = await readPlacements(place, read);
      return [place.skill, requireApps(place, selection.environment, placements)];
    }),
  );
  requireChosen(
    all.flatMap(([, apps]) => apps),
    chosen,
  );
  return new Map(all.map(([skill, apps]) => [skill, apps.filter((app) => isChosen(app, chosen))]));
}

/**
 * The one selected app of a skill.
 * @throws as `placeSkills`, and where there are several
 */
export async function onlyPlace(place: SkillPlace, selection: Selection): Promise<SkillPlace> {
  const [only, ...others] = (await placeSkills([place], selection)).get(place.skill) ?? [];
  if (only && others.length === 0) return only;
  const names = [only, ...others].map((one) => placementOf(one)).join(', ');
  throw new Error(
    `${place.skill} has ${others.length + 1} apps in ${selection.environment}: ${names}. Choose one: --placements ${placementOf(only)}`,
  );
}

/** The selected apps of all skills, for a look at all: what is wrong with one of them is reported when that is used. */
export async function findPlaces(
  places: readonly SkillPlace[],
  selection: Selection,
): Promise<readonly SkillPlace[]> {
  const chosen = chosenBy(selection, places[0]?.workspaceRoot ?? '');
  const read = readPlacementsOnce();
  const found = places.map(async (place) => {
    try {
      return appsIn(place, selection.environment, await readPlacements(place, read));
    } catch {
      return [];
    }
  });
  return (await Promise.all(found)).flat().filter((app) => isChosen(app, chosen));
}

function appsIn(
  place: SkillPlace,
  environment: string,
  placements: readonly WrittenPlacement[],
): SkillPlace[] {
  const found = placements.filter((one) => one.environment === environment);
  if (found.length > 0) return found.map((one) => placedAt(place, one, found.length > 1));
  return usualEnvironments.includes(environment) ? [place] : [];
}

function requireApps(
  place: SkillPlace,
  environment: string,
  placements: readonly WrittenPlacement[],
): SkillPlace[] {
  const apps = appsIn(place, environment, placements);
  if (apps.length > 0) return apps;
  const known = [...new Set([...usualEnvironments, ...placements.map((one) => one.environment)])];
  throw new Error(
    `${place.skill} has no placement in the environment "${environment}".${didYouMean(environment, known) || ` It has: ${known.join(', ')}.`} ` +
      `Add one to ${sharedPlacementsFile} or ${ownPlacementsFile(place.skill)}.`,
  );
}

/** Targets that take `--placements`; the others are about the skill. */
const aboutSkill: readonly SkillTarget[] = ['build', 'validate', 'serve', 'worktree'];

function placedAt(place: SkillPlace, placement: WrittenPlacement, isOneOfMany: boolean): SkillPlace {
  const choice = isOneOfMany ? ` --placements ${placement.name ?? defaultPlacement}` : '';
  return {
    ...place,
    skill: appOf(place.skill, placement),
    placement: { ...placement, of: place.skill },
    command: (target) => `${place.command(target)}${aboutSkill.includes(target) ? '' : choice}`,
  };
}
