import { type App, markOf } from '@odoobo/app-platform';
import { repositoryOf } from '@odoobo/git-flow';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { placementsFilesOf } from '../placement/placement-files.js';
import { placementsIn } from '../placement/placements-file.js';
import { withoutTenant } from './edit-placements.js';

/** A tenant in one environment. */
export interface Tenant {
  tenant: string;
  environment: string;
}

/** A file of placements that names a tenant. */
export interface TenantFile {
  file: string;
  /** Its text without the tenant; undefined if nothing else is in it. */
  text: string | undefined;
}

/** The files that name a tenant in an environment. @throws AppSpecError for a file that is wrong */
export async function filesOfTenant(workspaceRoot: string, tenant: Tenant): Promise<TenantFile[]> {
  const found = placementsFilesOf(workspaceRoot).map(async (file): Promise<TenantFile[]> => {
    const { text, removed } = withoutTenant(await readFile(join(workspaceRoot, file), 'utf8'), file, tenant);
    return removed > 0 ? [{ file, text }] : [];
  });
  return (await Promise.all(found)).flat();
}

/** The tenants that the files of placements name in an environment. @throws AppSpecError for a file that is wrong */
export async function tenantsOf(workspaceRoot: string, environment: string): Promise<string[]> {
  const named = placementsFilesOf(workspaceRoot).map(async (file) =>
    placementsIn(await readFile(join(workspaceRoot, file), 'utf8'), file).flatMap((one) =>
      one.environment === environment && one.tenant !== undefined ? one.tenant : [],
    ),
  );
  return [...new Set((await Promise.all(named)).flat())];
}

/** The apps of a tenant that were made from this repository, by name. @throws GitError */
export async function appsOfTenant(
  apps: readonly App[],
  { tenant, environment }: Tenant,
  cwd: string,
): Promise<App[]> {
  const repository = await repositoryOf({ cwd });
  const ours = apps.filter(({ spec, active_deployment }) => {
    const mark = markOf(spec) ?? markOf(active_deployment?.spec);
    const { placement } = mark ?? {};
    return (
      repository !== undefined &&
      mark?.repository === repository &&
      placement?.tenant === tenant &&
      placement.environment === environment
    );
  });
  return ours.sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
}
