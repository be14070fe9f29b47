import { liveMarkOf, type App } from '@odoobo/app-platform';
import { differsFrom, provideCommit, readCheckout, remoteUrl } from '@odoobo/git-flow';
import type { GitOptions } from '@odoobo/machine/git';
import pLimit from 'p-limit';
import { sourcesOf, type Sources } from '../runs/sources.js';

/** Who is asked for commits that are live and not in this clone. */
const remote = 'origin';
/** A few git processes a skill. */
const atOnce = 8;

/** What all artefacts are built by, and with. Where nothing comes of it, deploy finds the skill unchanged. */
const ofAll = [
  'nx.json',
  'package.json',
  'tsconfig.base.json',
  'package-lock.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'bun.lock',
];

/**
 * The skills whose files are otherwise than in the commit that is live, as the marks of the live apps say: each is compared with
 * its own, whatever branch that is on. Those of which that is not known are among them: deploy can tell.
 *
 * @param apps of the platform that is deployed to
 * @throws GitError when git does not answer
 */
export async function changedSinceLive(
  apps: readonly App[],
  sources: Sources,
  cwd: string,
): Promise<string[]> {
  const skills = Object.values(sources.graph.nodes).filter(
    ({ data }) => data.targets?.['deploy']?.executor === '@odoobo/nx-skills:deploy',
  );
  const names = skills.map(({ name }) => name).sort();
  if (!(await readCheckout(cwd))) return names;
  const url = await remoteUrl(remote, { cwd });
  const git = { cwd, ...(url !== undefined && { remote }) };
  const limit = pLimit(atOnce);
  const changed = await Promise.all(
    names.map((skill) =>
      limit(async () => {
        const commit = await liveCommit(apps, skill, git);
        return commit === undefined || (await differsFrom(commit, pathsOf(skill, sources, cwd), { cwd }));
      }),
    ),
  );
  return names.filter((_, index) => changed[index]);
}

/** None where nothing is live, where it is of no commit, or of one that nobody here has. */
async function liveCommit(
  apps: readonly App[],
  skill: string,
  git: GitOptions & { remote?: string | undefined },
): Promise<string | undefined> {
  const live = apps.find(({ spec }) => spec.name === skill)?.active_deployment;
  const { commit, dirty } = (live && liveMarkOf(live)) ?? {};
  if (commit === undefined || dirty) return undefined;
  return (await provideCommit({ ...git, commit })) ? commit : undefined;
}

function pathsOf(skill: string, sources: Sources, cwd: string): string[] {
  const skillRoot = sources.graph.nodes[skill]?.data.root ?? '';
  return [...sourcesOf({ skill, skillRoot }, cwd, sources), ...ofAll];
}
