import { type DeployEvent, type DeployResult, ownCauseCodes } from '@odoobo/app-platform';
import { containsLive, provideCommit, remoteHead } from '@odoobo/git-flow';
import { GitError } from '@odoobo/machine/git';
import type { OwnSource } from './git-sources.js';
import { orderCodes } from './order-refusal.js';
import type { PlacedTask } from './place-tasks.js';

export interface OvertakenOptions {
  placed: readonly PlacedTask[];
  /** The remote for missing commits; undefined for the local platform. */
  remote?: string | undefined;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

type Listener = (event: DeployEvent) => void;

/**
 * Handles overlapping pipeline runs of the same skill: a run that is overtaken by a newer version containing its own
 * has nothing more to do, and succeeds. On a developer's machine it fails, because the developer waits for that version
 * to go live.
 */
export class Overtaken {
  readonly #judged = new Map<string, Promise<DeployResult>>();

  constructor(readonly options: OvertakenOptions) {}

  /** Passes an event on; the last event of an overtaken skill is delayed until it is known what overtook it. */
  pass(event: DeployEvent, listener: Listener): void {
    if (event.type !== 'finished' || !this.#isWorthALook(event.result)) return listener(event);
    const judged = this.#judge(event.result);
    this.#judged.set(event.skill, judged);
    // `result` throws any error.
    judged.then((result) => listener({ ...event, result })).catch(() => undefined);
  }

  /** The result that was passed on. */
  result(result: DeployResult): Promise<DeployResult> {
    return this.#judged.get(result.skill) ?? Promise.resolve(result);
  }

  /** The result of a skill whose branch could not be pushed: the remote branch may already contain it. */
  async endOfPush(
    failed: DeployResult,
    task: PlacedTask,
    sources: readonly OwnSource[],
  ): Promise<DeployResult> {
    const { signal } = this.options;
    if (!this.#inPipeline) return failed;
    for (const { remote, branch } of sources) {
      const head = await unlessGitFails(
        remoteHead({ cwd: task.workspaceRoot, remote, branch, signal }),
        signal,
      );
      if (await this.#contains(task, head))
        return superseded(failed, `${branch} is at ${head?.slice(0, 12)} on ${remote}`);
    }
    return failed;
  }

  get #inPipeline(): boolean {
    return Boolean(this.options.env['CI']);
  }

  #isWorthALook({ cause }: DeployResult): boolean {
    return this.#inPipeline && codes.includes(cause?.code ?? '');
  }

  async #judge(result: DeployResult): Promise<DeployResult> {
    const { cause } = result;
    if (!cause) return result;
    return (await this.#isByNewer(result)) ? superseded(result, cause.message) : result;
  }

  async #isByNewer({ skill, cause, commit, overtakenBy }: DeployResult): Promise<boolean> {
    // The refusal itself says that the live commit contains this one.
    if (cause?.code === orderCodes.older) return true;
    const task = this.options.placed.find((one) => one.skill === skill);
    const { mark } = overtakenBy ?? {};
    if (cause?.code === ownCauseCodes.otherCommit) return this.#contains(task, commit);
    return mark?.repository !== undefined && mark.repository === task?.origin.repository
      ? this.#contains(task, mark.commit)
      : false;
  }

  /** Whether another commit contains what the task would ship. */
  async #contains(task: PlacedTask | undefined, newer: string | undefined): Promise<boolean> {
    if (!task?.checkout || newer === undefined) return false;
    const { workspaceRoot: cwd, sources: paths, checkout } = task;
    const { signal, remote } = this.options;
    const contained = async (): Promise<boolean> => {
      if (!(await provideCommit({ cwd, commit: newer, remote, signal }))) return false;
      const live = { commit: checkout.commit };
      return (await containsLive({ cwd, signal, paths, commit: newer, live })).contained;
    };
    return (await unlessGitFails(contained(), signal)) ?? false;
  }
}

/** A git failure counts as unknown: the run has already failed for another reason. */
async function unlessGitFails<T>(answer: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof GitError || signal.aborted) return undefined;
    throw error;
  }
}

const codes: readonly string[] = [ownCauseCodes.overtaken, ownCauseCodes.otherCommit, orderCodes.older];

/** The result of a run that a newer one has superseded. */
export function superseded({ cause: _cause, ...result }: DeployResult, why: string): DeployResult {
  return { ...result, outcome: 'superseded', note: `a newer version has overtaken it: ${why}` };
}
