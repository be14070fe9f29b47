import * as z from 'zod';
import type { JournalRecord, RunRecord } from './record.js';
import { changesWhatIsLive } from './run-name.js';
import { foldEvent, type SkillStatus, skillStatusSchema } from './skill-status.js';
import { foldTask } from './task-status.js';

/**
 * `WORKTREE_STATUS.json`: the last run that changed what is live (absent before the first), and the status of each skill,
 * including those of earlier runs.
 */
export const statusSchema = z.object({
  deployment_id: z.string().optional().describe('Name of the last deploy, rollback, restart or scale run.'),
  started_at: z.string().optional().describe('When it began.'),
  status: z
    .enum(['in_progress', 'completed', 'failed', 'interrupted'])
    .optional()
    .describe('Its status: `completed` if all its skills succeeded.'),
  skills: z
    .record(z.string(), skillStatusSchema)
    .describe('Every skill that was ever deployed, checked, tested or merged here.'),
});

export type Status = z.infer<typeof statusSchema>;

type RunStarted = Extract<RunRecord, { type: 'run-started' }>;

/** The status as the fold of the journal. Folded in place: a journal of years has a million records of a thousand skills. */
export class StatusFold {
  #run: Omit<Status, 'skills'>;
  readonly #skills: Map<string, SkillStatus>;

  /** @param known the fold of the earlier records */
  constructor(known: Status = { skills: {} }) {
    const { skills, ...run } = known;
    this.#run = run;
    this.#skills = new Map(Object.entries(skills));
  }

  get status(): Status {
    return { ...this.#run, skills: Object.fromEntries(this.#skills) };
  }

  add(record: JournalRecord): void {
    switch (record.type) {
      case 'run-started':
        return this.#startRun(record);
      case 'run-finished':
        return this.#finishRun(record);
      case 'notified':
        return;
      case 'traced':
        return this.#trace(record);
      case 'checked':
      case 'tested':
      case 'merged':
      case 'merge-refused':
      case 'worktree':
        return this.#change(record.skill, (skill) => foldTask(skill, record));
      default:
        return this.#change(record.skill, (skill) => foldEvent(skill, record));
    }
  }

  #startRun(record: RunStarted): void {
    const { run, at } = record;
    // A run of Nx whose builds were partly cached has more than one batch: each batch starts the run again.
    const startedAt = run === this.#run.deployment_id ? this.#run.started_at : at;
    this.#run = { deployment_id: run, started_at: startedAt, status: 'in_progress' };
    // Such a run may leave skills unchanged, and these keep their status: each skill starts with its own plan.
    if (changesWhatIsLive(run)) return;
    for (const skill of Object.keys(record.skills)) {
      this.#change(skill, (before) => startSkill(before, skill, record));
    }
  }

  /** A run that was overtaken by a later one no longer decides the overall status. */
  #finishRun({ run, status }: Extract<RunRecord, { type: 'run-finished' }>): void {
    if (this.#run.deployment_id === run) this.#run = { ...this.#run, status };
  }

  #trace({ skills, trace_id }: Extract<RunRecord, { type: 'traced' }>): void {
    for (const skill of skills) this.#change(skill, (before) => ({ ...before, trace_id }));
  }

  #change(skill: string, fold: (before: SkillStatus) => SkillStatus): void {
    this.#skills.set(skill, fold(this.#skills.get(skill) ?? {}));
  }
}

/**
 * Results of checks, tests and merges stay until the next one; an unverified deployment stays until it is verified. An
 * app keeps its URL.
 */
function startSkill(before: SkillStatus, skill: string, record: RunStarted): SkillStatus {
  const { health, smoke_test, merge, unverified_deployment, url } = before;
  return {
    ...(before.environment === record.environment && { url, unverified_deployment }),
    health,
    smoke_test,
    merge,
    ...record.skills[skill],
    status: 'pending',
    deployment_status: 'PENDING',
    started_at: record.at,
    environment: record.environment,
  };
}
