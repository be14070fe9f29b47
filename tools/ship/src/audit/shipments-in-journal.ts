import type { DeployResult } from '@odoobo/app-platform';
import type { JournalRecord } from '../records/record.js';
import { changesWhatIsLive } from '../records/run-name.js';
import type { Shipment, ShippedMerge, ShippedVersion } from './shipment.js';

type Started = Extract<JournalRecord, { type: 'run-started' }>;
type SkillRecord = Extract<JournalRecord, { environment: string; skill: string }>;
type Finished = SkillRecord & { type: 'finished' };

/** The shipments of one artefact that the journal has, oldest first. @param matches tells its digest */
export function shipmentsInJournal(
  records: readonly JournalRecord[],
  matches: (digest: string) => boolean,
): Shipment[] {
  const fold = new ShipmentsFold();
  for (const record of records) fold.add(record);
  return fold.shipments.filter(({ digest }) => matches(digest));
}

/** When a version has passed its checks. */
type Checks = Pick<Shipment, 'verifiedAt' | 'smokeTestedAt'>;

class ShipmentsFold {
  readonly shipments: Shipment[] = [];
  readonly #started = new Map<string, Started>();
  /** By run and app: of its new version, or of the one that the run has restored after that has failed. */
  readonly #checks = new Map<string, Checks>();
  readonly #restoring = new Set<string>();
  /** What each deployment has made live, also if it was not sent by the run that names it. */
  readonly #versions = new Map<string, Shipment>();

  add(record: JournalRecord): void {
    if (record.type === 'run-started') this.#started.set(record.run, record);
    else if (record.type === 'tested') {
      if (record.success) this.#checked(record.deployment, { smokeTestedAt: record.at });
    } else if (record.type === 'finished') this.#finished(record as Finished);
    else if ('skill' in record && 'environment' in record) this.#event(record as SkillRecord);
  }

  #event({ type, at, run, skill }: SkillRecord): void {
    const key = `${run} ${skill}`;
    if (type === 'rolling-back') this.#restoring.add(key);
    if (type !== 'verified' && type !== 'smoke-tested') return;
    const of = this.#restoring.has(key) ? `${key} restored` : key;
    const checks = this.#checks.get(of) ?? {};
    this.#checks.set(of, { ...checks, [type === 'verified' ? 'verifiedAt' : 'smokeTestedAt']: at });
  }

  #finished(record: Finished): void {
    const { result, run, skill } = record;
    const start = this.#started.get(run);
    const checks = this.#checks.get(`${run} ${skill}`);
    const shipment: Shipment = {
      ...shippedBy(run, result, start?.skills[skill]),
      ...runOf(record, start),
      result: result.outcome === 'deployed' ? (doneBy[result.action] ?? 'deployed') : result.outcome,
      ...this.#replacedBy(result.previousDeploymentId),
      ...checks,
    };
    // A run that has found it live has verified what an interrupted one has sent.
    if (!wasSent(result)) this.#checked(shipment.deployment, checks);
    else this.shipments.push(shipment);
    this.#know(shipment);
    this.#restored(record, shipment);
  }

  /** An automatic rollback is another deployment, of what was live before. */
  #restored(record: Finished, failed: Shipment): void {
    const { run, skill, result } = record;
    const before = this.#versions.get(result.previousDeploymentId ?? '');
    if (result.rollbackDeploymentId === undefined || !before) return;
    const { digest, commit, branch, dirty } = before;
    const restored: Shipment = {
      ...{ digest, commit, branch, dirty, deployment: result.rollbackDeploymentId },
      ...runOf(record, this.#started.get(run)),
      result: 'restored by an automatic rollback',
      replaced: versionOf(failed),
      ...this.#checks.get(`${run} ${skill} restored`),
    };
    this.shipments.push(restored);
    this.#know(restored);
  }

  #checked(deployment: string | undefined, { verifiedAt, smokeTestedAt }: Checks = {}): void {
    for (const one of this.shipments) {
      if (deployment === undefined || one.deployment !== deployment) continue;
      one.verifiedAt ??= verifiedAt;
      one.smokeTestedAt ??= smokeTestedAt;
    }
  }

  #know(shipment: Shipment): void {
    const { deployment } = shipment;
    if (deployment !== undefined && !this.#versions.has(deployment)) this.#versions.set(deployment, shipment);
  }

  #replacedBy(deployment: string | undefined): Pick<Shipment, 'replaced'> {
    if (deployment === undefined) return {};
    const version = this.#versions.get(deployment);
    return { replaced: version ? versionOf(version) : { deployment, digest: undefined, commit: undefined } };
  }
}

function runOf(
  { environment, skill: app, at, run, result }: Finished,
  start: Started | undefined,
): Pick<Shipment, 'environment' | 'app' | 'at' | 'run' | 'by' | 'pipeline' | 'despiteFreeze'> {
  const freeze = start?.despite_freeze;
  return {
    ...{ environment, app, at, run },
    by: start?.by ?? result.liveMark?.by,
    pipeline: start?.pipeline,
    ...(freeze && { despiteFreeze: `until ${freeze.until}: ${freeze.because}` }),
  };
}

/** What brings no new version: the artefact was shipped before, and is live again or still. */
const doneBy: Partial<Record<DeployResult['action'], string>> = {
  rollback: 'restored by a rollback',
  revert: 'restored by the revert of a rollback',
  restart: 'restarted',
  scale: 'scaled',
};

/** The artefact of a deployment, and what it was built from. */
function shippedBy(
  run: string,
  { digest, deploymentId: deployment, commit: built, liveMark: mark }: DeployResult,
  checkout: Started['skills'][string] | undefined,
): Pick<Shipment, 'digest' | 'deployment' | 'commit' | 'branch' | 'dirty'> {
  // A rollback or a restart is run in any checkout: what is live was not built from that one.
  if (changesWhatIsLive(run)) {
    const { commit = built, dirty = false } = mark ?? {};
    return { digest, deployment, commit, branch: undefined, dirty };
  }
  // The mark of what is live at the end is not its own, if that is something else.
  const own = mark?.artefact === digest ? mark.commit : undefined;
  const { branch, commit: head, dirty = false } = checkout ?? {};
  return { digest, deployment, commit: built ?? own ?? head, branch, dirty };
}

/** The merges of one artefact, or of a commit that it was built from. */
export function mergesOf(
  records: readonly JournalRecord[],
  shipments: readonly Shipment[],
  matches: (digest: string) => boolean,
): ShippedMerge[] {
  const commits = new Set(shipments.flatMap(({ commit, dirty }) => (dirty ? [] : (commit ?? []))));
  return records.flatMap((record) => {
    if (record.type !== 'merged') return [];
    const { at, branch, into, commit, head, digest = '' } = record;
    return commits.has(head) || matches(digest) ? [{ at, branch, into, commit }] : [];
  });
}

/** Whether a run has put the artefact on the platform, or found it there after an interrupted run. */
function wasSent({ outcome, deploymentId }: DeployResult): boolean {
  return deploymentId !== undefined && !['unchanged', 'held', 'skipped'].includes(outcome);
}

function versionOf({ deployment, digest, commit }: Shipment): ShippedVersion {
  return { deployment, digest, commit };
}
