import type { DeployResult } from '@odoobo/app-platform';
import {
  named,
  pushBranch,
  readRemotes,
  remoteHead,
  uncommittedFiles,
  type Checkout,
} from '@odoobo/git-flow';
import { describeError } from '../../terminal/describe-error.js';
import { couldNotBeSent } from './could-not-be-sent.js';
import { findRemotes, type OwnSource } from './git-sources.js';
import { withoutOrphans, type Preparation } from './prepare-all.js';
import type { PreparedSkill } from './prepare.js';

/** The remote that is pushed to; in others it is only looked what they have. */
const origin = 'origin';

export interface SourcesOptions {
  workspaceRoot: string;
  signal?: AbortSignal | undefined;
  onWarning: (message: string) => void;
}

/** A skill, and the branches that the platform has to build it from. */
interface WantedSkill {
  skill: PreparedSkill;
  sources: readonly OwnSource[];
}

/**
 * Has the platform build what is checked out, where it builds branches of this repository. Nothing is pushed. A skill of which it would build
 * another repository by mistake is not sent.
 */
export async function wantCommits(preparation: Preparation, options: SourcesOptions): Promise<Preparation> {
  const { wanted, failed } = await findSources(preparation, options);
  return withoutOrphans({ prepared: wanted.map(({ skill }) => skill), failed });
}

/**
 * Makes sure that the platform builds what is checked out: pushes the branches that the App Specs name, by fast-forward
 * only. A skill whose commit does not get there is not sent.
 */
export async function pushSources(
  preparation: Preparation,
  options: SourcesOptions & { signal: AbortSignal },
): Promise<Preparation> {
  const { wanted, failed } = await findSources(preparation, options);
  const pushes = new Pushes(options.signal);
  const outcomes = await Promise.all(wanted.map((one) => pushed(one, pushes)));
  return withoutOrphans({
    prepared: outcomes.filter((outcome) => 'request' in outcome),
    failed: [...failed, ...outcomes.filter((outcome) => 'outcome' in outcome)],
  });
}

async function findSources(
  { prepared, failed }: Preparation,
  { workspaceRoot: cwd, signal, onWarning }: SourcesOptions,
): Promise<{ wanted: WantedSkill[]; failed: DeployResult[] }> {
  const isCheckout = prepared.some(({ checkout }) => checkout !== undefined);
  const remotes = isCheckout ? await readRemotes({ cwd, signal }) : new Map<string, string>();
  const outcomes = prepared.map((skill) => {
    try {
      return wantCommit(skill, findRemotes(skill, remotes, onWarning));
    } catch (error) {
      return couldNotBeSent(skill.request.skill, 'OtherRepository', describeError(error));
    }
  });
  return {
    wanted: outcomes.filter((outcome) => 'sources' in outcome),
    failed: [...failed, ...outcomes.filter((outcome) => 'outcome' in outcome)],
  };
}

function wantCommit(skill: PreparedSkill, sources: readonly OwnSource[]): WantedSkill {
  const { request, checkout } = skill;
  if (!checkout || sources.length === 0) return { skill, sources };
  const sourceCommits = Object.fromEntries(sources.map(({ component }) => [component, checkout.commit]));
  return { skill: { ...skill, request: { ...request, sourceCommits } }, sources };
}

async function pushed(
  { skill, sources }: WantedSkill,
  pushes: Pushes,
): Promise<PreparedSkill | DeployResult> {
  const { request, checkout } = skill;
  try {
    for (const source of sources) if (checkout) await pushes.push(checkout, source);
    return skill;
  } catch (error) {
    return couldNotBeSent(request.skill, 'PushFailed', describeError(error));
  }
}

/** The pushes of a run: skills that share a checkout and a branch share the push. */
class Pushes {
  readonly #pushes = new Map<string, Promise<void>>();

  constructor(readonly signal: AbortSignal) {}

  /** @throws when what the platform would build is not what is checked out */
  push(checkout: Checkout, source: OwnSource): Promise<void> {
    const key = `${checkout.worktree} ${source.remote} ${source.branch}`;
    const push = this.#pushes.get(key) ?? this.#push(checkout, source);
    this.#pushes.set(key, push);
    return push;
  }

  async #push(checkout: Checkout, { remote, branch }: OwnSource): Promise<void> {
    const { worktree: cwd, commit, dirty, branch: checkedOut } = checkout;
    if (dirty) await this.#refuseDirty(cwd);
    const to = { cwd, remote, branch, signal: this.signal };
    if (remote === origin && checkedOut === branch) return void (await pushBranch({ ...to, commit }));
    const head = await remoteHead(to);
    if (head === commit) return;
    const advice =
      remote === origin
        ? `Check out ${branch}, or name the branch in the App Spec`
        : `Bring it there first: git push ${remote} ${commit}:${branch}`;
    throw new Error(
      `App Platform builds branch ${branch}, which is at ${head ?? 'no commit'} on ${remote}, and checked out is ` +
        `${checkedOut ?? 'a commit'} at ${commit}. ${advice}`,
    );
  }

  async #refuseDirty(cwd: string): Promise<never> {
    const files = await uncommittedFiles({ cwd, signal: this.signal, untracked: 'folders' });
    throw new Error(
      `App Platform builds what is pushed, and ${cwd} has changes that are not committed: ${named(files)}. Commit them, or put them aside: git stash --include-untracked`,
    );
  }
}
