import { priceOf } from '@odoobo/app-platform';
import { UsageError } from '@odoobo/local-platform/command-line';
import { runner } from '@odoobo/machine/package-manager';
import { showPrice } from '@odoobo/ship/apps/show-app';
import { connectToRunning, type Platform, type PlatformOptions } from '@odoobo/ship/platform/connect';
import { workspaceFolders } from '@odoobo/ship/records/workspace-folders';
import { suffixOf } from '@odoobo/ship/runs/live-skills';
import { planTenant, type TenantApp } from '@odoobo/ship/tenant/add-tenant';
import type { Tenant } from '@odoobo/ship/tenant/find-tenant';
import { describeError } from '@odoobo/ship/terminal/describe-error';
import { didYouMean } from '@odoobo/ship/terminal/did-you-mean';
import { formatDollars } from '@odoobo/ship/terminal/format';
import { table } from '@odoobo/ship/terminal/table';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { skillsIn } from '../executors/context.js';
import { parseNames } from './arguments.js';
import { readProjects } from './workspace.js';

export interface AddTenantOptions {
  skills?: string;
  region?: string;
  domain?: string;
  yes?: boolean;
}

/** Shows what adding a tenant would write and cost, and writes it with `yes`. @throws as `tenantCommand` */
export async function addTenant(
  tenant: Tenant,
  options: AddTenantOptions,
  place: PlatformOptions,
): Promise<number> {
  const { skills, region, domain, yes } = options;
  const all = skillsIn(await readProjects(), process.cwd());
  const names = parseNames(skills);
  const unknown = names?.find((name) => !all.some(({ skill }) => skill === name));
  if (unknown !== undefined)
    throw new UsageError(
      `There is no skill "${unknown}".${didYouMean(
        unknown,
        all.map(({ skill }) => skill),
      )}`,
    );
  const places = all.filter(({ skill }) => names?.includes(skill) ?? true);
  const apps = await planTenant({ ...tenant, region, domain }, places, all);
  process.stdout.write(await describeNew(tenant, apps, place));
  if (!yes) {
    process.stdout.write('Nothing was written. To add it, run this again with --yes\n');
    return 0;
  }
  for (const { file, text } of apps) {
    await mkdir(dirname(join(process.cwd(), file)), { recursive: true });
    await writeFile(join(process.cwd(), file), text);
  }
  const suffix = suffixOf(place);
  const projects = places.map(({ project }) => project).join(',');
  process.stdout.write(
    [
      ...apps.map(({ file }) => `Wrote ${file}`),
      `Commit it, set its secrets, and deploy it: ${runner} nx run-many -t deploy -p ${projects}${suffix} --tenants ${tenant.tenant}`,
      '',
    ].join('\n'),
  );
  return 0;
}

async function describeNew(
  { tenant, environment }: Tenant,
  apps: readonly TenantApp[],
  place: PlatformOptions,
): Promise<string> {
  const prices = await pricesOf(apps, place);
  const rows = table(
    apps.map(({ app, spec }, index) => [
      app,
      showPrice(prices.costs[index]),
      [
        ...(spec.domains ?? []).map(({ domain }) => `domain ${domain}`),
        ...(spec.databases ?? []).map(({ name }) => `database ${name}`),
      ].join(', '),
    ]),
  );
  const known = prices.costs.filter((cost) => cost !== undefined);
  const sum = known.reduce((total, cost) => total + cost, 0);
  const secrets = [...new Set(apps.flatMap((one) => one.secrets))];
  const kept = apps.filter(({ keepsOwn }) => keepsOwn).map(({ skill }) => skill);
  return [
    `The tenant ${tenant} will have in ${environment}:`,
    ...rows.map((row) => `  ${row}`),
    ...(known.length > 0 ? [`${formatDollars(sum)} a month more.`] : []),
    ...(prices.unknown === undefined ? [] : [`The cost is unknown: ${prices.unknown}`]),
    ...(secrets.length > 0 ? [`Its secrets are read from ${secrets.join(', ')}.`] : []),
    ...(kept.length > 0
      ? [`The own app of ${kept.join(', ')} gets an entry, too, so that it is still deployed.`]
      : []),
    '',
  ].join('\n');
}

interface Prices {
  /** By app; undefined where the platform does not report it. */
  costs: (number | undefined)[];
  /** Why one is unknown. */
  unknown?: string | undefined;
}

/** Without a platform a tenant can be added all the same: it is only a few lines in files. */
async function pricesOf(apps: readonly TenantApp[], place: PlatformOptions): Promise<Prices> {
  let platform: Platform;
  try {
    platform = await connectToRunning(place, workspaceFolders(process.cwd()), process.env);
  } catch (error) {
    return { costs: apps.map(() => undefined), unknown: describeError(error) };
  }
  try {
    const { client } = platform;
    const signal = new AbortController().signal;
    const prices = await Promise.all(apps.map(({ spec }) => priceOf(client, spec, undefined, signal)));
    return {
      costs: prices.map(({ cost }) => cost),
      unknown: prices.find(({ unknown }) => unknown !== undefined)?.unknown,
    };
  } finally {
    await platform.close();
  }
}
