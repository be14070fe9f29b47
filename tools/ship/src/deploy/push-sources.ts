import type { DeployResult } from '@odoobo/app-platform';
import { type Checkout, pushBranch, readRemotes, remoteHead } from '@odoobo/git-flow';
import { describeError } from '../terminal/describe-error.js';
import { couldNotBeSent, unsentCodes } from './could-not-be-sent.js';
import { findRemotes, type OwnSource } from './git-sources.js';
import type { Overtaken } from './overtaken.js';
import type { PreparedSkill } from './prepare.js';
import { type Preparation, preparationOf } from './prepare-all.js';
import { origin } from './provenance.js';

export interface SourcesOptions {
  workspaceRoot: string;
  signal?: AbortSignal | undefined;
  onWarning: (message: string) => void;
}

/**
 * Makes the platform build the commit that is checked out, for skills that are built from branches of this repository.
 * Pushes nothing. A skill that would be built from another repository by mistake is not sent.
 */
export async function wantCommits(
  { prepared, failed }: Preparation,
  { workspaceRoot: cwd, signal, onWarning }: SourcesOptions,
): Promise<Preparation> {
  const isCheckout = prepared.some(({ task }) => task.checkout !== undefined);
  const remotes = isCheckout ? await readRemotes({ cwd, signal }) : new Map<string, string>();
  const outcomes = prepared.map((skill) => {
    try {
      return wantCommit(skill, findRemotes(skill, remotes, onWarning));
    } catch (error) {
      return couldNotBeSent(skill.request.skill, unsentCodes.otherRepository, describeError(error));
    }
  });
  return preparationOf(outcomes, failed);
}

/**
 * Pushes the branches that the App Specs name, by fast-forward only, so that the platform can build the commits. A
 * skill whose commit cannot be pushed is not sent.
 * @param preparation the result of `wantCommits`
 */
export async function pushSources(
  { prepared, failed }: Preparation,
  overtaken: Overtaken,
  signal: AbortSignal,
): Promise<Preparation> {
  const pushes = new Pushes(signal);
  const outcomes = await Promise.all(prepared.map((skill) => pushed(skill, pushes, overtaken)));
  return preparationOf(outcomes, failed);
}

function wantCommit(skill: PreparedSkill, sources: readonly OwnSource[]): PreparedSkill {
  const { request, task } = skill;
  const { commit } = task.checkout ?? {};
  if (commit === undefined || sources.length === 0) return skill;
  const sourceCommits = Object.fromEntries(sources.map(({ component }) => [component, commit]));
  return { ...skill, sources, request: { ...request, sourceCommits } };
}

async function pushed(
  skill: PreparedSkill,
  pushes: Pushes,
  overtaken: Overtaken,
): Promise<PreparedSkill | DeployResult> {
  const { request, task, sources = [] } = skill;
  try {
    for (const source of sources) if (task.checkout) await pushes.push(task.checkout, source);
    return skill;
  } catch (error) {
    const failed = couldNotBeSent(request.skill, unsentCodes.notPushed, describeError(error));
    return overtaken.endOfPush(failed, task, sources);
  }
}

/** The pushes of a run: skills that share a checkout and a branch share the push. */
class Pushes {
  readonly #pushes = new Map<string, Promise<void>>();

  constructor(readonly signal: AbortSignal) {}

  /** @throws if the platform would build another commit than the one that is checked out */
  push(checkout: Checkout, source: OwnSource): Promise<void> {
    const key = `${checkout.worktree} ${source.remote} ${source.branch}`;
    const push = this.#pushes.get(key) ?? this.#push(checkout, source);
    this.#pushes.set(key, push);
    return push;
  }

  async #push(checkout: Checkout, { remote, branch }: OwnSource): Promise<void> {
    const { worktree: cwd, commit, branch: checkedOut } = checkout;
    const to = { cwd, remote, branch, signal: this.signal };
    if (remote === origin && checkedOut === branch) return void (await pushBranch({ ...to, commit }));
    const head = await remoteHead(to);
    if (head === commit) return;
    const advice =
      remote === origin
        ? `Check out ${branch}, or name the branch in the App Spec`
        : `Push it there first: git push ${remote} ${commit}:${branch}`;
    throw new Error(
      `App Platform builds branch ${branch}, which is at ${head ?? 'no commit'} on ${remote}, but this checkout is ` +
        `${checkedOut ?? 'a commit'} at ${commit}. ${advice}`,
    );
  }
}
