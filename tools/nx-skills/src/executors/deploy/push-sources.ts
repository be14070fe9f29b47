import type { AppSpec, DeployResult } from '@odoobo/app-platform';
import { pushBranch, remoteHead, remoteUrl, type Checkout } from '@odoobo/git-flow';
import { describeError } from '../../terminal/describe-error.js';
import { couldNotBeSent, withoutOrphans, type Preparation } from './prepare-all.js';
import type { PreparedSkill } from './prepare.js';

/** What App Platform builds is the branch of this remote. */
const remote = 'origin';

/** A component that App Platform builds from a branch of this very repository. */
interface OwnSource {
  component: string;
  branch: string;
}

/**
 * Makes sure that the platform builds what is checked out: pushes the branches that the App Specs name, by fast-forward
 * only, and asks for deployments of this commit. A skill whose commit does not get there is not sent.
 */
export async function pushSources(
  { prepared, failed }: Preparation,
  checkout: Checkout | undefined,
  signal: AbortSignal,
): Promise<Preparation> {
  const url = checkout && (await remoteUrl(remote, { cwd: checkout.worktree, signal }));
  if (!checkout || url === undefined) return { prepared, failed };
  const pushes = new Pushes(checkout, signal);
  const outcomes = await Promise.all(prepared.map((skill) => pushed(skill, url, pushes)));
  return withoutOrphans({
    prepared: outcomes.filter((outcome) => 'request' in outcome),
    failed: [...failed, ...outcomes.filter((outcome) => 'outcome' in outcome)],
  });
}

async function pushed(
  skill: PreparedSkill,
  url: string,
  pushes: Pushes,
): Promise<PreparedSkill | DeployResult> {
  const sources = ownSources(skill.request.spec, url);
  if (sources.length === 0) return skill;
  try {
    for (const { branch } of sources) await pushes.push(branch);
    const commits = sources.map(({ component }) => [component, pushes.checkout.commit]);
    const sourceCommits = Object.fromEntries(commits) as Record<string, string>;
    return { ...skill, request: { ...skill.request, sourceCommits } };
  } catch (error) {
    return couldNotBeSent(skill.request.skill, 'PushFailed', describeError(error));
  }
}

/** The pushes of a run: skills that share a branch share its push. */
class Pushes {
  readonly #pushes = new Map<string, Promise<void>>();

  constructor(
    readonly checkout: Checkout,
    readonly signal: AbortSignal,
  ) {}

  /** @throws when what the platform would build is not what is checked out */
  push(branch: string): Promise<void> {
    const push = this.#pushes.get(branch) ?? this.#push(branch);
    this.#pushes.set(branch, push);
    return push;
  }

  async #push(branch: string): Promise<void> {
    const { worktree: cwd, commit, dirty, branch: checkedOut } = this.checkout;
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

function ownSources(spec: AppSpec, url: string): OwnSource[] {
  const { services = [], workers = [], jobs = [], static_sites: sites = [], functions = [] } = spec;
  return [...services, ...workers, ...jobs, ...sites, ...functions].flatMap((component) => {
    const hosted = component.github ?? component.gitlab ?? component.bitbucket;
    const isOwn = hosted?.repo ? isRepository(url, hosted.repo) : component.git?.repo_clone_url === url;
    const branch = hosted?.branch ?? component.git?.branch;
    return isOwn && branch ? [{ component: component.name, branch }] : [];
  });
}

/** Whether a remote is `owner/repository`, by whatever protocol. */
function isRepository(url: string, repository: string): boolean {
  const path = url.replace(/\/+$/, '').replace(/\.git$/, '');
  return path.endsWith(`/${repository}`) || path.endsWith(`:${repository}`);
}
