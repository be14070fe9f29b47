import type { SkillPlace } from '../manifest/skill-place.js';
import type { SkillTarget } from '../manifest/target-names.js';
import { didYouMean } from '../terminal/did-you-mean.js';
import { appOf } from './app-name.js';
import { defaultPlacement, usualEnvironments } from './environment.js';
import { ownPlacementsFile, sharedPlacementsFile } from './placement-files.js';
import { readPlacements, readPlacementsOnce } from './placements.js';
import type { WrittenPlacement } from './placements-file.js';

/** Which apps of skills a run is about. */
export interface Selection {
  environment: string;
  /** Names, separated by commas. Default: all of the environment, as for tenants. */
  placements?: string | undefined;
  tenants?: string | undefined;
}

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
  const read = readPlacementsOnce();
  const all = await Promise.all(
    places.map(async (place): Promise<[string, SkillPlace[]]> => {
      const placements = await readPlacements(place, read);
      return [place.skill, requireApps(place, selection.environment, placements)];
    }),
  );
  requireSelected(
    all.flatMap(([, apps]) => apps),
    selection,
  );
  return new Map(all.map(([skill, apps]) => [skill, apps.filter((app) => isSelected(app, selection))]));
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
  const read = readPlacementsOnce();
  const found = places.map(async (place) => {
    try {
      return appsIn(place, selection.environment, await readPlacements(place, read));
    } catch {
      return [];
    }
  });
  return (await Promise.all(found)).flat().filter((app) => isSelected(app, selection));
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

/** @throws for a name that no app has, or where no app has all that is asked for */
function requireSelected(apps: readonly SkillPlace[], selection: Selection): void {
  const { environment, placements, tenants } = selection;
  requireKnown('placement', placements, apps.map(placementOf), environment);
  requireKnown(
    'tenant',
    tenants,
    apps.flatMap(({ placement }) => placement?.tenant ?? []),
    environment,
  );
  if (apps.length > 0 && !apps.some((app) => isSelected(app, selection)))
    throw new Error(`No placement of ${tenants} is called ${placements} in ${environment}.`);
}

function requireKnown(
  what: string,
  asked: string | undefined,
  known: readonly string[],
  environment: string,
): void {
  const names = [...new Set(known)];
  const unknown = namesIn(asked)?.find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const hint = didYouMean(unknown, names) || ` There is: ${names.join(', ') || 'none'}.`;
  throw new Error(`There is no ${what} "${unknown}" in ${environment}.${hint}`);
}

function isSelected(app: SkillPlace, { placements, tenants }: Selection): boolean {
  const isNamed = namesIn(placements)?.includes(placementOf(app)) ?? true;
  return isNamed && (namesIn(tenants)?.includes(app.placement?.tenant ?? '') ?? true);
}

/** Undefined if the option is not given, or empty like an input of a workflow that was not filled in. */
function namesIn(option: string | undefined): string[] | undefined {
  const names = (option ?? '').split(',').flatMap((name) => name.trim() || []);
  return names.length > 0 ? names : undefined;
}

function placementOf(app: SkillPlace | undefined): string {
  return app?.placement?.name ?? defaultPlacement;
}
