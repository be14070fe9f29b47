import type { AppPlatformClient } from '../client/client.js';
import type { App, AppSpec } from '../spec/index.js';
import { type Mark, markOf, type Origin } from '../versions/mark.js';
import { componentLists } from './keep.js';

/** The skill, and where it is shipped from. */
export interface Owner {
  skill: string;
  origin?: Origin | undefined;
  /** The wanted spec. */
  spec?: AppSpec | undefined;
}

/**
 * Whether an app was created from here: its newest mark says which repository has created it, even if that was renamed since.
 * @returns `ours`, or why it is not, as the second half of a sentence
 * @throws AppPlatformError when its deployments cannot be listed
 */
export async function whoseApp(
  client: AppPlatformClient,
  app: App,
  owner: Owner,
  signal: AbortSignal,
): Promise<string> {
  const mark =
    markOf(app.spec) ?? markOf(app.active_deployment?.spec) ?? (await lastMark(client, app, signal));
  if (!mark) return 'no deploy from this repository created it';
  return otherRepository(app, owner) ?? otherMaker(mark, owner) ?? 'ours';
}

/** The last write may have no mark: by hand, or by another tool. */
async function lastMark(
  client: AppPlatformClient,
  { id }: App,
  signal: AbortSignal,
): Promise<Mark | undefined> {
  const deployments = await client.listDeployments(id, { signal });
  return deployments.map(({ spec }) => markOf(spec)).find((mark) => mark !== undefined);
}

function otherMaker(mark: Mark, { skill, origin }: Owner): string | undefined {
  const maker = mark.placement?.of ?? mark.skill;
  if (mark.skill !== skill || maker !== (origin?.placement?.of ?? skill))
    return `it belongs to the skill "${maker}"`;
  if (mark.repository === undefined || mark.repository === origin?.repository) return undefined;
  return origin?.repository === undefined
    ? 'this checkout cannot know which repository created it: its git history is missing or shallow (git fetch --unshallow)'
    : 'another repository created it';
}

/** For sources on a git host: the repository that the app builds now, if the wanted spec would build another one. */
function otherRepository({ spec: there }: App, { spec: wanted }: Owner): string | undefined {
  const before = repositoriesOf(there);
  const after = wanted ? repositoriesOf(wanted) : new Map<string, string>();
  for (const [component, repository] of before) {
    const other = after.get(component);
    if (other !== undefined && other.toLowerCase() !== repository.toLowerCase())
      return `it builds ${repository}, not ${other}`;
  }
  return undefined;
}

function repositoriesOf(spec: AppSpec): Map<string, string> {
  const found = new Map<string, string>();
  for (const list of componentLists) {
    for (const component of spec[list] ?? []) {
      if (!('git' in component || 'github' in component || 'gitlab' in component || 'bitbucket' in component))
        continue;
      const { git, github, gitlab, bitbucket } = component;
      const repository = github?.repo ?? gitlab?.repo ?? bitbucket?.repo ?? git?.repo_clone_url;
      if (repository !== undefined) found.set(component.name, repository);
    }
  }
  return found;
}
