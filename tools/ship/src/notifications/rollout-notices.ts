import type { DeployEvent } from '@odoobo/app-platform';
import { type RolloutStatus, rolloutStatus } from '../records/rollout-status.js';
import { type Notice, type NoticeRun, type RolloutEvent, rolloutNotice } from './notice.js';

/** Which events of a run are worth a notice of their own: a rollout began, took a step, and ended. */
export class RolloutNotices {
  readonly #last = new Map<string, RolloutStatus>();
  readonly #written = new Set<string>();

  constructor(private readonly run: NoticeRun) {}

  /** How far the rollouts of this run are, by skill. */
  get last(): ReadonlyMap<string, RolloutStatus> {
    return this.#last;
  }

  of(event: DeployEvent): Notice | undefined {
    const { skill, type } = event;
    if (type === 'written') this.#written.add(skill);
    const worth = type === 'rollout' ? this.#progress(event) : this.#end(event);
    const rollout = this.#last.get(skill);
    return worth && rollout && rolloutNotice(this.run, worth, skill, rollout);
  }

  #progress(event: Extract<DeployEvent, { type: 'rollout' }>): RolloutEvent | undefined {
    const before = this.#last.get(event.skill);
    const now = rolloutStatus(event);
    this.#last.set(event.skill, now);
    if (now.phase === 'out') return before?.phase === 'out' ? undefined : 'rollout-aborted';
    // A run that takes up a rollout has not begun it.
    if (!before) return this.#written.has(event.skill) ? 'rollout-started' : undefined;
    return now.phase === 'going' && now.step !== before.step ? 'rollout-step' : undefined;
  }

  /** Waiting and held rollouts are the result of the run. */
  #end(event: DeployEvent): RolloutEvent | undefined {
    if (event.type !== 'finished' || event.result.outcome !== 'deployed') return undefined;
    return this.#last.get(event.skill)?.phase === 'out' ? undefined : 'rollout-promoted';
  }
}
