import { type AppSpec, AppSpecError, type AppSpecFileIssue, resolveSpec } from '@odoobo/app-platform/spec';
import { appOf } from './app-name.js';
import { placedSpec } from './placed-spec.js';
import type { WrittenPlacement } from './placements-file.js';

/** What two tenants would share. */
export interface SharedByTenants {
  placement: WrittenPlacement;
  issue: AppSpecFileIssue;
}

/** Something that belongs to one tenant: a variable of a secret, a database, a domain. */
interface Owned {
  what: string;
  /** Where the file of placements says it, or should. */
  path: string;
  advice: string;
}

/**
 * What tenants of a skill would share, though each has its own: the variable that a secret is read from, a database of a
 * cluster, a domain; in the App Spec or in their overlays. Regions of one tenant may share all of it.
 * @param spec the App Spec of the skill, as written
 */
export function sharedByTenants(spec: AppSpec, placements: readonly WrittenPlacement[]): SharedByTenants[] {
  /** Of each thing, at most two tenants, each with a placement. */
  const owners = new Map<string, Map<string, WrittenPlacement>>();
  const owned = placements.flatMap((placement) =>
    placement.tenant === undefined ? [] : ownedBy(spec, placement).map((one) => ({ placement, one })),
  );
  for (const { placement, one } of owned) {
    const known = owners.get(one.what) ?? new Map<string, WrittenPlacement>();
    if (known.size < 2 && placement.tenant !== undefined) known.set(placement.tenant, placement);
    owners.set(one.what, known);
  }
  return owned.flatMap(({ placement, one }) => {
    const other = [...(owners.get(one.what)?.keys() ?? [])].find((tenant) => tenant !== placement.tenant);
    if (other === undefined) return [];
    const message = `the tenants "${placement.tenant}" and "${other}" would share ${one.what}. ${one.advice}`;
    return { placement, issue: placement.issue(one.path, message) };
  });
}

/** The variables that the secrets of an App Spec are read from. */
function secretsIn(spec: AppSpec, secretsPrefix: string | undefined): string[] {
  const artefact = { repository: '', digest: `sha256:${'0'.repeat(64)}` };
  const options = { spec, secretsPrefix, file: '', environment: {}, artefact };
  const { missing } = resolveSpec({ ...options, source: 'as-written' });
  return [...new Set(missing.flatMap(({ key, secret }) => (secret ? key : [])))];
}

function ownedBy(spec: AppSpec, placement: WrittenPlacement): Owned[] {
  const placed = specOf(spec, placement);
  if (!placed) return [];
  const { databases = [], domains = [] } = placed;
  return [
    ...secretsIn(placed, placement.secretsPrefix).map((key) => ({
      what: `the variable ${key}`,
      path: 'secretsPrefix',
      advice: 'Give each tenant a secretsPrefix of its own',
    })),
    ...databases.flatMap(({ cluster_name: cluster, db_name: database = 'defaultdb' }) =>
      cluster === undefined
        ? []
        : {
            what: `the database "${database}" of the cluster "${cluster}"`,
            path: 'overlay',
            advice: 'Give each tenant a db_name or cluster_name of its own in the overlay',
          },
    ),
    ...domains.map(({ domain }) => ({
      what: `the domain ${domain}`,
      path: 'overlay/domains',
      advice: 'A domain belongs to one app',
    })),
  ];
}

/** The App Spec of its app; undefined if its overlay is wrong: then that is refused. */
function specOf(spec: AppSpec, placement: WrittenPlacement): AppSpec | undefined {
  try {
    return placedSpec(spec, {
      skill: appOf(spec.name, placement),
      placement: { ...placement, of: spec.name },
    });
  } catch (error) {
    if (error instanceof AppSpecError) return undefined;
    throw error;
  }
}
