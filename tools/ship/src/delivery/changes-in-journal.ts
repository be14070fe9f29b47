import type { DeployResult } from '@odoobo/app-platform';
import type { JournalRecord } from '../records/record.js';
import { changesWhatIsLive } from '../records/run-name.js';
import type { Change, LeftOut } from './change.js';
import { LiveVersions } from './live-versions.js';

/** What is left out of the changes, and when it happened. */
export interface Omission {
  why: LeftOut;
  app: string;
  skill: string;
  at: number;
}

export interface FoundChanges {
  /** In the order in which they ended. */
  changes: Change[];
  omissions: Omission[];
}

export interface ChangesOptions {
  environment: string;
  /** Milliseconds since 1970: a record with a later time was written by a wrong clock. */
  now: number;
}

/** A deploy of an app that has not ended yet. */
interface Attempt {
  liveAt?: number;
  verifiedAt?: number;
  restoredAt?: number;
}

type Started = Extract<JournalRecord, { type: 'run-started' }>['skills'][string];
type SkillRecord = Extract<JournalRecord, { environment: string; skill: string }>;
type Ended = Extract<JournalRecord, { type: 'finished' }>;

/** The actions that bring a new version. */
const newVersions: ReadonlySet<string> = new Set(['create', 'update', 'follow']);

/** Deploys that gave an app no new version, by how they ended. */
const notDeployed = ['held', 'interrupted', 'skipped', 'superseded', 'waiting'] as const;

/**
 * The changes of an environment, from the records of its runs: `docs/delivery-figures.md` has the definitions.
 * @param records in the order of the journal
 */
export function changesInJournal(records: Iterable<JournalRecord>, options: ChangesOptions): FoundChanges {
  const fold = new ChangesFold(options);
  for (const record of records) fold.add(record);
  return fold;
}

class ChangesFold implements FoundChanges {
  readonly changes: Change[] = [];
  readonly omissions: Omission[] = [];
  readonly #started = new Map<string, Started>();
  /** By run and app. */
  readonly #attempts = new Map<string, Attempt>();
  /** Of runs that were interrupted or killed after the write, by deployment: a later run may verify it. */
  readonly #unfinished = new Map<string, Attempt>();
  readonly #versions = new LiveVersions();

  constructor(private readonly options: ChangesOptions) {}

  add(record: JournalRecord): void {
    if (record.type === 'run-started') {
      if (record.environment === this.options.environment)
        for (const [app, skill] of Object.entries(record.skills))
          this.#started.set(`${record.run} ${app}`, skill);
    } else if (isOfDeploy(record) && record.environment === this.options.environment) this.#event(record);
  }

  #event(record: SkillRecord): void {
    const at = Date.parse(record.at);
    if (at > this.options.now) {
      if (record.type === 'finished') this.#leaveOut('clock', record, at);
      return;
    }
    const key = `${record.run} ${record.skill}`;
    const attempt = this.#attempts.get(key) ?? {};
    this.#attempts.set(key, attempt);
    switch (record.type) {
      case 'written':
        if (newVersions.has(record.action) && !changesWhatIsLive(record.run))
          this.#unfinished.set(record.deploymentId, attempt);
        break;
      case 'active':
      case 'rolling-back':
        attempt.liveAt ??= at;
        break;
      case 'rollout':
        if (record.weight > 0) attempt.liveAt ??= at;
        break;
      case 'verified':
        attempt.verifiedAt = at;
        break;
      case 'rolled-back':
        attempt.restoredAt = at;
        break;
      case 'finished':
        this.#attempts.delete(key);
        this.#finished(record, attempt, at);
    }
  }

  #finished(record: Ended & SkillRecord, own: Attempt, at: number): void {
    const { result, run } = record;
    if (changesWhatIsLive(run)) return this.#changedWhatIsLive(record, at);
    const { deploymentId: deployment = '', outcome } = result;
    const before = this.#unfinished.get(deployment);
    const attempt = { ...before, ...own };
    if (outcome !== 'interrupted') this.#unfinished.delete(deployment);
    if (before && before !== own && outcome === 'unchanged') this.#deployed(record, attempt, at);
    else if (result.outcome === 'deployed') this.#deployed(record, attempt, at);
    else if (result.outcome === 'unchanged') this.#unchanged(record, attempt, at);
    else if (result.outcome === 'rolled-back') this.#failed(record, attempt, at, attempt.restoredAt ?? at);
    else if (result.outcome === 'failed') this.#failed(record, attempt, at, restoredAtOnce(result, at));
    else {
      this.#leaveOut(notDeployed.find((one) => one === result.outcome) ?? 'skipped', record, at);
    }
    this.#versions.addRepeated(record.skill, result);
  }

  #deployed(record: Ended & SkillRecord, attempt: Attempt, at: number): void {
    const verifiedAt = attempt.verifiedAt ?? at;
    this.#restored(record.skill, verifiedAt);
    // Two runs that follow one deployment have made one change.
    if (this.#versions.changeOf(record.skill, record.result.deploymentId)?.end === 'deployed') return;
    this.#add(record, {
      ...this.#changeOf(record),
      end: 'deployed',
      liveAt: attempt.liveAt,
      endedAt: verifiedAt,
      verified: 'journal',
      failed: false,
    });
  }

  #add({ result }: Ended, change: Change): void {
    this.changes.push(change);
    this.#versions.add(change, result);
  }

  /** What is live was verified again. */
  #unchanged(record: Ended & SkillRecord, attempt: Attempt, at: number): void {
    this.#restored(record.skill, attempt.verifiedAt ?? at);
    this.#leaveOut('unchanged', record, at);
  }

  #failed(
    record: Ended & SkillRecord,
    { liveAt }: Attempt,
    at: number,
    restoredAt: number | undefined,
  ): void {
    const common = { ...this.#changeOf(record), liveAt, endedAt: at, failed: true };
    if (liveAt !== undefined)
      this.#add(record, { ...common, end: 'failed', ...(restoredAt !== undefined && { restoredAt }) });
    else if (common.deployment !== undefined) this.#add(record, { ...common, end: 'failed-before' });
    else this.#leaveOut('not sent', record, at);
  }

  /** A rollback says that what was live before it is bad. */
  #changedWhatIsLive(record: Ended & SkillRecord, at: number): void {
    const { skill: app, result } = record;
    if (result.outcome === 'deployed' && result.action === 'rollback') {
      const bad = this.#versions.changeOf(app, result.previousDeploymentId);
      if (bad) bad.failed = true;
      else this.#leaveOut('unknown version rolled back', record, at);
      this.#restored(app, at);
    }
    this.#versions.addRepeated(app, result);
  }

  #restored(app: string, at: number): void {
    for (const change of this.changes)
      if (change.app === app && change.failed && change.end !== 'failed-before') change.restoredAt ??= at;
  }

  #changeOf(record: Ended & SkillRecord): Pick<Change, 'app' | 'skill' | 'deployment' | 'commit'> {
    const started = this.#started.get(`${record.run} ${record.skill}`);
    const { commit: built, deploymentId } = record.result;
    const commit = started?.dirty ? undefined : (built ?? started?.commit);
    return { app: record.skill, skill: this.#skillOf(record), deployment: deploymentId, commit };
  }

  #skillOf({ run, skill: app }: SkillRecord): string {
    return this.#started.get(`${run} ${app}`)?.of ?? app;
  }

  #leaveOut(why: LeftOut, record: SkillRecord, at: number): void {
    this.omissions.push({ why, app: record.skill, skill: this.#skillOf(record), at });
  }
}

/** The tasks that only look have records with an environment, too. */
function isOfDeploy(record: JournalRecord): record is SkillRecord {
  return (
    'skill' in record && 'environment' in record && record.type !== 'checked' && record.type !== 'tested'
  );
}

/** What was live before a rollout serves all requests again as soon as it is aborted. */
function restoredAtOnce({ cause }: DeployResult, at: number): number | undefined {
  return cause?.code === 'RolloutAborted' ? at : undefined;
}
