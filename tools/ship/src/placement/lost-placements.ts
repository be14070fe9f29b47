import { type App, markOf } from '@odoobo/app-platform';
import { findOrphans, type Orphan } from '../apps/find-orphans.js';

/**
 * The apps of skills whose placement no file has any more: it was renamed or removed. Where no app of them is a placement, git is
 * not asked.
 * @param skills ids of the manifests
 * @throws as `findOrphans`
 */
export async function lostPlacements(
  apps: readonly App[],
  skills: readonly string[],
  cwd: string,
): Promise<Orphan[]> {
  const known = new Set(skills);
  const placed = apps.filter(({ spec, active_deployment }) => {
    const mark = markOf(spec) ?? markOf(active_deployment?.spec);
    return known.has(mark?.placement?.of ?? '');
  });
  return placed.length === 0 ? [] : ((await findOrphans(placed, cwd))?.deleted ?? []);
}
