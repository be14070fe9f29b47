import type { AppSpec, DeployRequest, DeployResult } from '@odoobo/app-platform';
import { pushBranch, remoteHead, remoteUrl, type Checkout } from '@odoobo/git-flow';
import { describeError } from '../../terminal/describe-error.js';
import { couldNotBeSent } from './could-not-be-sent.js';
import { withoutOrphans, type Preparation } from './prepare-all.js';
import type { PreparedSkill } from './prepare.js';

/** What App Platform builds is the branch of this remote. */
const remote = 'origin';

/** A component that App Platform builds from a branch. */
interface GitSource {
  component: string;
  branch: string;
  /** `owner/repository` on a git host. */
  repository: string | undefined;
  cloneUrl: string | undefined;
}

/** Has the platform build what is checked out, where it builds branches of this repository. Nothing is pushed. */
export async function wantCommits(
  { prepared, failed }: Preparation,
  workspaceRoot: string,
  signal?: AbortSignal,
): Promise<Preparation> {
  const url = await remoteUrl(remote, { cwd: workspaceRoot, signal });
  return { prepared: url === undefined ? prepared : prepared.map((skill) => wantCommit(skill, url)), failed };
}

/**
 * Makes sure that the platform builds what is checked out: pushes the branches that the App Specs name, by fast-forward
 * only. A skill whose commit does not get there is not sent.
 */
export async function pushSources(
  preparation: Preparation,
  workspaceRoot: string,
  signal: AbortSignal,
): Promise<Preparation> {
  const { prepared, failed } = await wantCommits(preparation, workspaceRoot, signal);
  const pushes = new Pushes(signal);
  const outcomes = await Promise.all(prepared.map((skill) => pushed(skill, pushes)));
  return withoutOrphans({
    prepared: outcomes.filter((outcome) => 'request' in outcome),
    failed: [...failed, ...outcomes.filter((outcome) => 'outcome' in outcome)],
  });
}

function wantCommit(skill: PreparedSkill, url: string): PreparedSkill {
  const { request, checkout } = skill;
  const components = ownSources(request.spec, url);
  if (!checkout || components.length === 0) return skill;
  const sourceCommits = Object.fromEntries(components.map(({ component }) => [component, checkout.commit]));
  return { ...skill, request: { ...request, sourceCommits } };
}

async function pushed(skill: PreparedSkill, pushes: Pushes): Promise<PreparedSkill | DeployResult> {
  const { request, checkout } = skill;
  try {
    for (const branch of branchesOf(request)) if (checkout) await pushes.push(checkout, branch);
    return skill;
  } catch (error) {
    return couldNotBeSent(request.skill, 'PushFailed', describeError(error));
  }
}

/** The branches that the platform has to build the wanted commits from. */
function branchesOf({ spec, sourceCommits = {} }: DeployRequest): string[] {
  const sources = gitSources(spec).filter(({ component }) => sourceCommits[component] !== undefined);
  return [...new Set(sources.map(({ branch }) => branch))];
}

/** The pushes of a run: skills that share a checkout and a branch share the push. */
class Pushes {
  readonly #pushes = new Map<string, Promise<void>>();

  constructor(readonly signal: AbortSignal) {}

  /** @throws when what the platform would build is not what is checked out */
  push(checkout: Checkout, branch: string): Promise<void> {
    const key = `${checkout.worktree} ${branch}`;
    const push = this.#pushes.get(key) ?? this.#push(checkout, branch);
    this.#pushes.set(key, push);
    return push;
  }

  async #push(checkout: Checkout, branch: string): Promise<void> {
    const { worktree: cwd, commit, dirty, branch: checkedOut } = checkout;
    if (dirty) {
      throw new Error(
        `App Platform builds what is pushed, and ${cwd} has changes that are not committed. Commit them, or put them aside: git stash`,
      );
    }
    const to = { cwd, remote, branch, signal: this.signal };
    if (checkedOut === branch) return void (await pushBranch({ ...to, commit }));
    const head = await remoteHead(to);
    if (head === commit) return;
    throw new Error(
      `App Platform builds branch ${branch}, which is at ${head ?? 'no commit'} on ${remote}, and checked out is ` +
        `${checkedOut ?? 'a commit'} at ${commit}. Check out ${branch}, or name the branch in the App Spec`,
    );
  }
}

function ownSources(spec: AppSpec, url: string): GitSource[] {
  return gitSources(spec).filter(({ repository, cloneUrl }) =>
    repository ? isRepository(url, repository) : cloneUrl === url,
  );
}

function gitSources(spec: AppSpec): GitSource[] {
  const { services = [], workers = [], jobs = [], static_sites: sites = [], functions = [] } = spec;
  return [...services, ...workers, ...jobs, ...sites, ...functions].flatMap((component) => {
    const hosted = component.github ?? component.gitlab ?? component.bitbucket;
    const branch = hosted?.branch ?? component.git?.branch;
    const where = { repository: hosted?.repo, cloneUrl: component.git?.repo_clone_url };
    return branch ? [{ component: component.name, branch, ...where }] : [];
  });
}

/** Whether a remote is `owner/repository`, by whatever protocol. */
function isRepository(url: string, repository: string): boolean {
  const path = url.replace(/\/+$/, '').replace(/\.git$/, '');
  return path.endsWith(`/${repository}`) || path.endsWith(`:${repository}`);
}
