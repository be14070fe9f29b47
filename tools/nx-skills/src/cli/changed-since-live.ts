import { type App, liveMarkOf } from '@odoobo/app-platform';
import { differsFrom, provideCommit, readHead, remoteUrl } from '@odoobo/git-flow';
import type { GitOptions } from '@odoobo/machine/git';
import { lockFiles } from '@odoobo/machine/package-manager';
import { readIdentity } from '@odoobo/ship/manifest/read-identity';
import { commandOf } from '@odoobo/ship/manifest/skill-place';
import { findPlaces } from '@odoobo/ship/placement/place-skills';
import { isSkill, type Sources, sourcesOf } from '@odoobo/ship/runs/sources';
import pLimit from 'p-limit';

/** The remote for commits that are live but missing in this clone. */
const remote = 'origin';
/** The number of skills compared at once: each takes a few git processes. */
const atOnce = 8;

/** Files that affect all artefacts. If an artefact is the same nevertheless, deploy finds the skill unchanged. */
const ofAll = ['nx.json', 'package.json', 'tsconfig.base.json', ...lockFiles];

/**
 * The projects of the skills whose files differ from the live commit of one of their apps. The marks of the live apps name it: each skill is compared with
 * its own commit, on any branch. Skills whose live commit is unknown are included: deploy decides.
 * @param apps of the target platform
 * @param environment whose placements count
 * @throws GitError when git does not answer
 */
export async function changedSinceLive(
  apps: readonly App[],
  sources: Sources,
  cwd: string,
  environment: string,
): Promise<string[]> {
  const skills = skillsOf(sources);
  if (!(await readHead(cwd))) return skills.map(({ name }) => name);
  const url = await remoteUrl(remote, { cwd });
  const git = { cwd, ...(url !== undefined && { remote }) };
  const limit = pLimit(atOnce);
  const changed = await Promise.all(
    skills.map(({ skillRoot }) =>
      limit(async () => {
        const paths = [...sourcesOf({ skillRoot }, cwd, sources), ...ofAll];
        const { id: skill } = readIdentity(cwd, skillRoot);
        const place = { workspaceRoot: cwd, skillRoot, skill, command: commandOf([], skill) };
        const differ = (await findPlaces([place], { environment })).map(async (app) => {
          const commit = await liveCommit(apps, app.skill, git);
          return commit === undefined || (await differsFrom(commit, paths, { cwd }));
        });
        return (await Promise.all(differ)).includes(true);
      }),
    ),
  );
  return skills.filter((_, index) => changed[index]).map(({ name }) => name);
}

/** The projects that are skills, by name. */
function skillsOf({ graph }: Sources): { name: string; skillRoot: string }[] {
  return Object.values(graph.nodes)
    .filter(({ data }) => isSkill(data))
    .map(({ name, data }) => ({ name, skillRoot: data.root }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Undefined if nothing is live, or if its commit is unknown or cannot be fetched. */
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
