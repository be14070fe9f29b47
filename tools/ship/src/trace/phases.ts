import type { DeployStep } from '@odoobo/app-platform';
import type { SkillRecord } from '../records/record.js';
import { isSuccess } from '../records/run-status.js';
import type { TaskRecord } from '../records/task-record.js';

/** A time in which one thing was done to a skill. */
export interface Phase {
  name: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  endedAt: number;
  /** The code of what went wrong. */
  error: string | undefined;
  /** What the platform did meanwhile, by its own clock. */
  steps?: Omit<Phase, 'steps'>[];
}

/** Something has failed; the result of the skill says what. */
const undecided = 'Failed';

/** Finds the phases of a skill's run in its records: an event begins one, and the next event ends it. */
export class Phases {
  readonly all: Phase[] = [];
  #open: { name: string; startedAt: number } | undefined;

  /** @param startedAt when the run began: planning begins with it */
  constructor(startedAt: number) {
    this.#open = { name: 'plan', startedAt };
  }

  add(record: SkillRecord | TaskRecord): void {
    const at = Date.parse(record.at);
    switch (record.type) {
      case 'waiting':
        return this.#next(`wait for ${record.reason}`, at);
      case 'planned':
        return this.#next(nextOf[record.action], at);
      case 'written':
        return this.#next('deployment', at);
      case 'active':
      case 'verified':
      case 'smoke-tested':
      case 'rolled-back':
        return this.#next(undefined, at);
      case 'verifying':
        return this.#next('verify', at);
      case 'smoke-testing':
        return this.#next('smoke test', at);
      case 'rollout':
        return this.#open?.name === 'rollout' ? undefined : this.#next('rollout', at);
      case 'rolling-back':
        return this.#next('roll back', at, undecided);
      case 'finished':
        return this.#finish(record, at);
      case 'merged':
        return this.#rename('merge', at);
      case 'merge-refused':
        return this.#rename('merge', at, 'MergeRefused');
      default:
        return undefined;
    }
  }

  /** Ends what is under way, and begins the next. */
  #next(name: string | undefined, at: number, error?: string): void {
    // A clock that was set back must not make a phase end before it begins.
    if (this.#open) {
      const { startedAt } = this.#open;
      this.all.push({ ...this.#open, endedAt: Math.max(startedAt, at), error });
    }
    this.#open = name === undefined ? undefined : { name, startedAt: at };
  }

  #rename(name: string, at: number, error?: string): void {
    if (this.#open) this.#open.name = name;
    this.#next(undefined, at, error);
  }

  #finish({ result, steps }: Extract<SkillRecord, { type: 'finished' }>, at: number): void {
    const error = isSuccess(result) ? undefined : (result.cause?.code ?? result.outcome);
    this.#next(undefined, at, error);
    for (const phase of this.all) if (phase.error === undecided) phase.error = error;
    const deployment = this.all.find(({ name }) => name === 'deployment');
    if (deployment && steps) deployment.steps = steps.map(phaseOf);
  }
}

type Action = Extract<SkillRecord, { type: 'planned' }>['action'];

/** What follows a plan. */
const nextOf: Record<Action, string | undefined> = {
  create: 'write',
  update: 'write',
  follow: 'deployment',
  none: undefined,
  rollback: 'write',
  commit: 'write',
  revert: 'write',
  delete: 'write',
  restart: 'write',
  scale: 'write',
};

function phaseOf({ name, startedAt, endedAt, failed }: DeployStep): Omit<Phase, 'steps'> {
  const start = Date.parse(startedAt);
  return {
    name,
    startedAt: start,
    endedAt: Math.max(start, Date.parse(endedAt)),
    error: failed ? 'StepFailed' : undefined,
  };
}
