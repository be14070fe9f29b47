import { type App, markOf } from '@odoobo/app-platform';
import { idOf, type SkillPlace } from '../manifest/skill-place.js';
import { appOf } from './app-name.js';
import { readPlacements, readPlacementsOnce } from './placements.js';

/**
 * The apps that skills had before all their placements in an environment had names: no deploy changes them any more.
 * @throws AppSpecError for a file that is wrong
 */
export async function findLeftApps(
  places: readonly SkillPlace[],
  environment: string,
  apps: readonly App[],
): Promise<string[]> {
  const read = readPlacementsOnce();
  const placed = new Map(places.flatMap((place) => (place.placement ? [[idOf(place), place]] : [])));
  const left = [...placed].map(async ([skill, { workspaceRoot }]) => {
    const placements = await readPlacements({ workspaceRoot, skill }, read);
    const here = placements.filter((one) => one.environment === environment);
    const name = appOf(skill, { environment });
    const isLeft = here.every((one) => one.name !== undefined) && apps.some((app) => isOwn(app, name));
    return isLeft ? [name] : [];
  });
  return (await Promise.all(left)).flat();
}

/** One with a placement in its mark is an orphan. */
function isOwn({ spec, active_deployment }: App, name: string): boolean {
  const mark = markOf(spec) ?? markOf(active_deployment?.spec);
  return spec.name === name && mark?.skill === name && mark.placement === undefined;
}
