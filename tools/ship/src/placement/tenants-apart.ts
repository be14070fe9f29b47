import { type AppSpec, AppSpecError } from '@odoobo/app-platform/spec';
import { idOf, type SkillPlace } from '../manifest/skill-place.js';
import { oncePer } from '../runs/once-per.js';
import { readPlacements, readPlacementsOnce } from './placements.js';
import { isSamePlacement } from './placements-file.js';
import { sharedByTenants } from './shared-by-tenants.js';

/** Refuses the app of a tenant that would share a secret, a database or a domain with another tenant. */
export type RequireApart = (place: SkillPlace, spec: AppSpec) => Promise<void>;

/** For a run: the placements of a skill are compared once, however many of them are deployed. */
export function tenantsApart(): RequireApart {
  const read = readPlacementsOnce();
  const sharedOf = oncePer(
    (place: SkillPlace, _spec: AppSpec) => idOf(place),
    async (place, spec) => {
      const { workspaceRoot } = place;
      return sharedByTenants(spec, await readPlacements({ workspaceRoot, skill: idOf(place) }, read));
    },
  );
  return async (place, spec) => {
    const { placement } = place;
    if (placement?.tenant === undefined) return;
    const shared = await sharedOf(place, spec);
    const issues = shared
      .filter((one) => isSamePlacement(one.placement, placement))
      .map(({ issue }) => issue);
    if (issues.length > 0) throw new AppSpecError(issues);
  };
}
