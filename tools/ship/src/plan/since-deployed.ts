import { changedSince, readDeployed, remoteUrl } from '@odoobo/git-flow';
import pLimit from 'p-limit';
import * as z from 'zod';
import { isLocal } from '../placement/environment.js';
import { printable } from '../terminal/printable.js';

/** What the commits since a skill's last verified deploy have changed in it; `unknown` gives the reason if that is not known. */
export const sinceDeployedSchema = z.union([
  z.object({
    commit: z.string(),
    commits: z.int(),
    /** Relative to the root of the repository. */
    files: z.array(z.string()),
  }),
  z.object({ unknown: z.string() }),
]);

export type SinceDeployed = z.infer<typeof sinceDeployedSchema>;

export interface SinceDeployedOptions {
  workspaceRoot: string;
  environment: string;
  /** The paths that each skill is made from, relative to the workspace root. */
  paths: ReadonlyMap<string, readonly string[]>;
}

/** The number of skills compared at once: each takes two git processes. */
const atOnce = 8;
const remote = 'origin';

/**
 * Compares HEAD with the commits in `refs/deployed/<environment>/<skill>`; for production, those on the remote.
 * @throws when git cannot read the refs
 */
export async function readSinceDeployed({
  workspaceRoot: cwd,
  environment,
  paths,
}: SinceDeployedOptions): Promise<ReadonlyMap<string, SinceDeployed>> {
  const shared = !isLocal(environment) && (await remoteUrl(remote, { cwd })) !== undefined;
  const kept = await readDeployed({ cwd, ...(shared && { remote }) });
  const deployed = new Map(
    kept.flatMap((one) => (one.environment === environment ? [[one.skill, one]] : [])),
  );
  const limit = pLimit(atOnce);
  const read = async (skill: string, files: readonly string[]): Promise<[string, SinceDeployed]> => {
    const live = deployed.get(skill);
    if (!live) return [skill, { unknown: 'no commit is known to be live' }];
    const { commit, uncommittedOn: base } = live;
    if (base !== undefined)
      return [skill, { unknown: `it was deployed with uncommitted changes, on top of ${base.slice(0, 12)}` }];
    try {
      return [skill, await changedSince(commit, files, { cwd })];
    } catch (error) {
      return [skill, { unknown: (error as Error).message }];
    }
  };
  return new Map(await Promise.all([...paths].map((one) => limit(read, ...one))));
}

const shownFiles = 3;

/** The changes, in one line. */
export function showSinceDeployed(since: SinceDeployed): string {
  if ('unknown' in since) return `since it was live: unknown, ${printable(since.unknown)}`;
  const { commit, commits, files } = since;
  const from = `since ${commit.slice(0, 12)} was live`;
  if (files.length === 0) return `${from}: no change`;
  const named = files.slice(0, shownFiles).map(printable).join(', ');
  const more = files.length > shownFiles ? `, and ${files.length - shownFiles} more` : '';
  return `${from}: ${commits} ${commits === 1 ? 'commit' : 'commits'}; ${named}${more}`;
}
