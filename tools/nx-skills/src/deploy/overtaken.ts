import { ownCauseCodes, type DeployEvent, type DeployResult } from '@odoobo/app-platform';
import { containsLive, provideCommit, remoteHead } from '@odoobo/git-flow';
import { GitError } from '@odoobo/machine/git';
import type { OwnSource } from './git-sources.js';
import { orderCodes } from './order-refusal.js';
import type { PlacedTask } from './place-tasks.js';

export interface OvertakenOptions {
  placed: readonly PlacedTask[];
  /** Asked for commits that are not here; none where the platform is that of this machine. */
  remote?: string | undefined;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

type Tell = (event: DeployEvent) => void;

/**
 * In a pipeline several runs of the same skill meet: whoever comes second to a newer version that contains what it would ship has
 * nothing left to do, and succeeds. On a person's machine, who waits for that version to be live, it fails.
 */
export class Overtaken {
  readonly #judged = new Map<string, Promise<DeployResult>>();

  constructor(readonly options: OvertakenOptions) {}

  /** Tells an event; the last of a skill that was overtaken when it is known by what. */
  tell(event: DeployEvent, tell: Tell): void {
    if (event.type !== 'finished' || !this.#isWorthALook(event.result)) return tell(event);
    const judged = this.#judge(event.result);
    this.#judged.set(event.skill, judged);
    // What is thrown is thrown to whoever asks for the result.
    judged.then((result) => tell({ ...event, result })).catch(() => undefined);
  }

  /** A result as it was told. */
  result(result: DeployResult): Promise<DeployResult> {
    return this.#judged.get(result.skill) ?? Promise.resolve(result);
  }

  /** The end of a skill whose branch could not be pushed: the remote's may have moved on to what contains it. */
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
    // That is how the refusal came about.
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

/** What cannot be found out is not known: a run that has failed anyway is not to fail by it. */
async function unlessGitFails<T>(answer: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof GitError || signal.aborted) return undefined;
    throw error;
  }
}

const codes: readonly string[] = [ownCauseCodes.overtaken, ownCauseCodes.otherCommit, orderCodes.older];

/** The end of a run that a newer one has made needless. */
export function superseded({ cause: _cause, ...result }: DeployResult, why: string): DeployResult {
  return { ...result, outcome: 'superseded', note: `a newer version has overtaken it: ${why}` };
}
