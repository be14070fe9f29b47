import type { AppPlatformClient } from '@odoobo/app-platform';
import { committedAt, readDeployed, readHead, remoteUrl } from '@odoobo/git-flow';
import { readOwnApps } from '../apps/own-apps.js';
import { findJournals } from '../ci/read-journals.js';
import { isLocal } from '../placement/environment.js';
import { Journal } from '../records/journal.js';
import { type JournalRecord, parseRecord } from '../records/record.js';
import { changesInJournal, type FoundChanges } from './changes-in-journal.js';
import { changesOnPlatform, withPlatform } from './changes-on-platform.js';
import { type Delivery, deliveryFigures } from './figures.js';

const remote = 'origin';

export interface ReadDeliveryOptions {
  cwd: string;
  environment: string;
  /** Milliseconds since 1970. */
  since: number;
  now: number;
  teams: ReadonlyMap<string, readonly string[]>;
  /** The journal of this workspace. */
  journal: string;
  /** A folder with the journals of pipelines, read too. */
  from?: string | undefined;
  /** Undefined where the platform is not asked. */
  client?: AppPlatformClient | undefined;
  signal?: AbortSignal;
}

/**
 * Reads journals, the platform's deployments and `refs/deployed`, and computes the figures.
 * @throws GitError when git does not answer; an AppPlatformError when the platform does not; for a folder that cannot be read
 */
export async function readDelivery(options: ReadDeliveryOptions): Promise<Delivery> {
  const { cwd, environment, since, now: until, teams, signal } = options;
  const found = changesInJournal(await readRecords(options), { environment, now: until });
  const changes = await withPlatformOf(found, options);
  const commits = changes.flatMap(({ commit }) => commit ?? []);
  const times = (await readHead(cwd))
    ? await committedAt(commits, { cwd, signal })
    : new Map<string, number>();
  return deliveryFigures({ ...found, changes }, { environment, since, until, teams, committedAt: times });
}

async function readRecords({ journal, from }: ReadDeliveryOptions): Promise<JournalRecord[]> {
  if (from === undefined) return linesIn(journal).flatMap((line) => parseRecord(line) ?? []);
  // A folder may hold a journal twice, or that of this workspace.
  const lines = new Set([journal, ...(await findJournals(from))].flatMap(linesIn));
  // Only one journal has an order that a wrong clock does not change.
  return [...lines].flatMap((line) => parseRecord(line) ?? []).sort(byTime);
}

function linesIn(journal: string): string[] {
  return [...new Journal(journal).parts()].flat();
}

function byTime({ at: a }: JournalRecord, { at: b }: JournalRecord): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function withPlatformOf(
  { changes }: FoundChanges,
  { cwd, environment, client, signal }: ReadDeliveryOptions,
): Promise<FoundChanges['changes']> {
  if (!client) return changes;
  const shared = !isLocal(environment) && (await remoteUrl(remote, { cwd, signal })) !== undefined;
  const [apps, kept] = await Promise.all([
    readOwnApps({ cwd, environment, client, signal }),
    readDeployed({ cwd, signal, ...(shared && { remote }) }),
  ]);
  const here = kept.filter((one) => one.environment === environment);
  return withPlatform(
    changes,
    apps.flatMap((one) => changesOnPlatform(one, here)),
  );
}
