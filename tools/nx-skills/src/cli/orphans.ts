import type { App, AppPlatformClient } from '@odoobo/app-platform';
import { runner } from '@odoobo/machine/package-manager';
import { deleteApps, reportLeft } from '@odoobo/ship/apps/delete-apps';
import { findOrphans, type Orphan, type Orphans } from '@odoobo/ship/apps/find-orphans';
import { forgetApps } from '@odoobo/ship/apps/forget-apps';
import { lostWith } from '@odoobo/ship/apps/lost-with';
import { appCells, showApp } from '@odoobo/ship/apps/show-app';
import { connectToRunning, type PlatformOptions } from '@odoobo/ship/platform/connect';
import { workspaceFolders } from '@odoobo/ship/records/workspace-folders';
import { suffixOf } from '@odoobo/ship/runs/live-skills';
import { table } from '@odoobo/ship/terminal/table';
import { environmentOf, type PlaceOptions } from './arguments.js';

export interface OrphansOptions extends PlaceOptions {
  delete?: boolean;
}

/**
 * Shows the apps of skills that were deleted, or deletes them: only those that were made from this repository.
 * @returns 1 where one could not be deleted
 * @throws where an option is wrong, the platform cannot be reached, or the checkout does not show its repository
 */
export async function orphansCommand(options: OrphansOptions): Promise<number> {
  const place = await environmentOf(options);
  const cwd = process.cwd();
  const { client, label, close } = await connectToRunning(place, workspaceFolders(cwd), process.env);
  try {
    const orphans = await requireOrphans(client, cwd);
    reportElsewhere(orphans);
    if (orphans.deleted.length === 0)
      process.stdout.write(`There is no app of a deleted skill on ${label}.\n`);
    else if (options.delete) return await remove(orphans.deleted, { client, label, cwd, place });
    else await show(orphans.deleted, { client, label, place });
    return 0;
  } finally {
    await close();
  }
}

async function requireOrphans(client: AppPlatformClient, cwd: string): Promise<Orphans> {
  const orphans = await findOrphans(await client.listApps(), cwd);
  if (orphans) return orphans;
  throw new Error(
    `An app is found by the first commit of its repository, which ${cwd} does not have: it is not a git repository, or a ` +
      'shallow clone. Fetch the whole history: git fetch --unshallow',
  );
}

function reportElsewhere({ elsewhere }: Orphans): void {
  for (const { app, skill, placement } of elsewhere) {
    const what = placement === undefined ? `skill "${skill}"` : `placement "${placement}"`;
    process.stderr.write(
      `${app.spec.name} was kept: this branch never had the ${what}. Run this on the branch that had it.\n`,
    );
  }
}

interface Where {
  client: AppPlatformClient;
  label: string;
  place: PlatformOptions;
}

async function show(orphans: readonly Orphan[], { client, label, place }: Where): Promise<void> {
  const shown = await Promise.all(orphans.map(({ app }) => showApp(client, app)));
  const rows = table(shown.map(appCells));
  const lines = orphans.flatMap(({ app }, index) => [
    `  ${rows[index] ?? ''}`,
    ...lostWith(app.spec).map((one) => `      ${one}`),
  ]);
  const suffix = suffixOf(place);
  process.stdout.write(
    [
      `Apps of deleted skills${orphans.some(({ placement }) => placement) ? ' and placements' : ''} on ${label}:`,
      ...lines,
      `Delete them, with everything listed: ${runner} nx-skills orphans --delete${suffix}`,
      '',
    ].join('\n'),
  );
}

async function remove(
  orphans: readonly Orphan[],
  { client, label, cwd, place }: Where & { cwd: string },
): Promise<number> {
  const { deleted, left } = await deleteApps(
    client,
    orphans.map(({ app }) => app),
  );
  for (const { spec } of deleted) {
    const lost = lostWith(spec);
    const also = lost.length > 0 ? `, with ${lost.join(', ')}` : '';
    process.stdout.write(`Deleted ${spec.name} from ${label}${also}.\n`);
  }
  const gone = orphans.filter(({ app }) => isGone(app, left));
  await forgetApps(
    gone.map(({ skill }) => skill),
    cwd,
    place,
  );
  return reportLeft(left);
}

function isGone({ spec }: App, left: readonly { name: string }[]): boolean {
  return !left.some(({ name }) => name === spec.name);
}
