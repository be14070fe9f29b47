import { commonBase, readDeployed, remoteUrl } from '@odoobo/git-flow';
import { runner } from '@odoobo/machine/package-manager';
import { isLocal } from '@odoobo/ship/placement/environment';
import { environmentOf, type PlaceOptions } from './arguments.js';

const remote = 'origin';

/**
 * Prints the base commit for `nx affected --base`: everything that changed since then is not live yet. It comes from
 * the refs of verified deploys (for production, those on the remote), so no CI history is needed.
 * @throws when nothing is known to be live
 */
export async function baseCommand(options: PlaceOptions): Promise<number> {
  const { environment } = await environmentOf(options);
  const cwd = process.cwd();
  const shared = !isLocal(environment) && (await remoteUrl(remote, { cwd })) !== undefined;
  const kept = await readDeployed({ cwd, ...(shared && { remote }) });
  const commits = kept.filter((one) => one.environment === environment).map(({ commit }) => commit);
  const all = `Deploy all: ${runner} nx run-many -t deploy`;
  if (commits.length === 0) {
    throw new Error(
      `No commit is known to be live in ${environment}: there is no refs/deployed/${environment}/*. ${all}`,
    );
  }
  const base = await commonBase(commits, { cwd });
  if (base === undefined) {
    throw new Error(
      `The live version in ${environment} and HEAD have no common ancestor, or this clone is too shallow (git fetch --unshallow). ${all}`,
    );
  }
  process.stdout.write(`${base}\n`);
  return 0;
}
