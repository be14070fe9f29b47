import type { AppPlatformClient } from '@odoobo/app-platform';
import { type CommitAbout, readCommit, readHead } from '@odoobo/git-flow';
import { readOwnApps } from '../apps/own-apps.js';
import { Journal } from '../records/journal.js';
import { type JournalRecord, parseRecord } from '../records/record.js';
import { mergesOf, shipmentsInJournal } from './shipments-in-journal.js';
import { shipmentsOnPlatform } from './shipments-on-platform.js';
import type { Audit } from './show-audit.js';

/** A digest, or enough of its start. */
export const digestPattern = /^(sha256:)?[0-9a-f]{7,64}$/;

export interface ReadAuditOptions {
  cwd: string;
  environment: string;
  digest: string;
  /** Absolute paths. */
  journals: readonly string[];
  /** Undefined where the platform is not asked. */
  client: AppPlatformClient | undefined;
}

/**
 * Finds who shipped an artefact, from journals, platform and git.
 * @throws when nothing has shipped it, or the start of a digest fits several
 */
export async function readAudit({
  cwd,
  environment,
  digest,
  journals,
  client,
}: ReadAuditOptions): Promise<Audit> {
  const start = digest.startsWith('sha256:') ? digest : `sha256:${digest}`;
  const matches = (one: string) => one.startsWith(start);
  const records = journals.flatMap(recordsIn);
  const recorded = shipmentsInJournal(records, matches);
  const known = new Set(recorded.flatMap(({ deployment }) => deployment ?? []));
  const apps = client ? await readOwnApps({ cwd, environment, client }) : [];
  const shipments = [
    ...recorded,
    ...apps.flatMap((app) => shipmentsOnPlatform(app, environment, matches, known)),
  ].sort((a, b) => a.at.localeCompare(b.at));
  const [whole = '', ...others] = new Set(shipments.map((one) => one.digest));
  if (others.length > 0)
    throw new Error(
      `${digest} is the start of ${others.length + 1} digests: ${[whole, ...others].join(', ')}. Name one.`,
    );
  if (whole === '')
    throw new Error(
      `No deployment of ${start} is recorded${client ? `, and none is on the platform of ${environment}` : ''}. The journal has the last month; journals of pipelines: --from=<folder>; another environment: -c <name>`,
    );
  const merges = mergesOf(records, shipments, matches);
  const hashes = [...shipments.flatMap(({ commit }) => commit ?? []), ...merges.map(({ commit }) => commit)];
  return { digest: whole, shipments, merges, commits: await readCommits(hashes, cwd) };
}

function recordsIn(path: string): JournalRecord[] {
  return [...new Journal(path).parts()].flatMap((lines) => lines.flatMap((line) => parseRecord(line) ?? []));
}

async function readCommits(hashes: readonly string[], cwd: string): Promise<CommitAbout[]> {
  if (!(await readHead(cwd))) return [];
  const read = await Promise.all([...new Set(hashes)].map((commit) => readCommit(commit, { cwd })));
  return read.flatMap((one) => one ?? []);
}
