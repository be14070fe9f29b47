import type { App, AppPlatformClient } from '@odoobo/app-platform';
import { runner } from '@odoobo/machine/package-manager';
import { deleteApps, reportLeft } from '@odoobo/ship/apps/delete-apps';
import { forgetApps } from '@odoobo/ship/apps/forget-apps';
import { lostWith } from '@odoobo/ship/apps/lost-with';
import { appCells, showApp } from '@odoobo/ship/apps/show-app';
import { connectToRunning, type PlatformOptions } from '@odoobo/ship/platform/connect';
import { workspaceFolders } from '@odoobo/ship/records/workspace-folders';
import { suffixOf } from '@odoobo/ship/runs/live-skills';
import {
  appsOfTenant,
  filesOfTenant,
  type Tenant,
  type TenantFile,
  tenantsOf,
} from '@odoobo/ship/tenant/find-tenant';
import { didYouMean } from '@odoobo/ship/terminal/did-you-mean';
import { table } from '@odoobo/ship/terminal/table';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Shows what removing a tenant would delete, and deletes it with `yes`: first its apps, then its entries.
 * @throws as `tenantCommand`
 */
export async function removeTenant(
  tenant: Tenant,
  { yes = false }: { yes?: boolean },
  place: PlatformOptions,
): Promise<number> {
  const cwd = process.cwd();
  const { client, label, close } = await connectToRunning(place, workspaceFolders(cwd), process.env);
  try {
    const apps = await appsOfTenant(await client.listApps(), tenant, cwd);
    const files = await filesOfTenant(cwd, tenant);
    if (apps.length === 0 && files.length === 0) throw await unknownTenant(tenant, label);
    process.stdout.write(await describeTenant(client, apps, files, { ...tenant, label }));
    if (!yes) {
      const again = `${runner} nx-skills tenant remove ${tenant.tenant}${suffixOf(place)} --yes`;
      process.stdout.write(`Nothing was deleted. To delete it, with everything listed: ${again}\n`);
      return 0;
    }
    return await deleteAll({ client, label, cwd, place }, apps, files);
  } finally {
    await close();
  }
}

interface Where {
  client: AppPlatformClient;
  label: string;
  cwd: string;
  place: PlatformOptions;
}

/** @returns the exit code */
async function deleteAll(
  { client, label, cwd, place }: Where,
  apps: readonly App[],
  files: readonly TenantFile[],
): Promise<number> {
  const { deleted, left } = await deleteApps(client, apps);
  for (const { spec } of deleted) process.stdout.write(`Deleted ${spec.name} from ${label}\n`);
  await forgetApps(
    apps.map(({ spec }) => spec.name).filter((name) => !left.some((one) => one.name === name)),
    cwd,
    place,
  );
  // As long as it has an app, its placement says what that is.
  if (left.length > 0) return reportLeft(left);
  for (const { file, text } of files) {
    if (text === undefined) await rm(join(cwd, file));
    else await writeFile(join(cwd, file), text);
    process.stdout.write(`Removed from ${file}\n`);
  }
  return 0;
}

async function describeTenant(
  client: AppPlatformClient,
  apps: readonly App[],
  files: readonly TenantFile[],
  { tenant, environment, label }: Tenant & { label: string },
): Promise<string> {
  const rows = table((await Promise.all(apps.map((app) => showApp(client, app)))).map(appCells));
  const lines = apps.flatMap(({ spec }, index) => [
    `  ${rows[index] ?? ''}`,
    ...lostWith(spec).map((one) => `      ${one}`),
  ]);
  return [
    `The tenant ${tenant} has ${lines.length > 0 ? '' : 'no app '}in ${environment} on ${label}${lines.length > 0 ? ':' : '.'}`,
    ...lines,
    ...files.map(({ file }) => `It is in ${file}`),
    '',
  ].join('\n');
}

async function unknownTenant({ tenant, environment }: Tenant, label: string): Promise<Error> {
  const known = await tenantsOf(process.cwd(), environment);
  const hint = didYouMean(tenant, known);
  return new Error(
    `There is no tenant "${tenant}" in ${environment}: no file of placements names it, and it has no app on ${label}.${hint}`,
  );
}
