import type { DeployResult } from '@odoobo/app-platform';
import { type Deployment, type Mark, markOf } from '@odoobo/app-platform';
import type { AppHistory } from '../apps/own-apps.js';
import type { JournalRecord } from '../records/record.js';

/** A version, as far as it is known. */
export interface ShippedVersion {
  deployment: string | undefined;
  digest: string | undefined;
  commit: string | undefined;
}

/** A deployment of an artefact to an app. */
export interface Shipment extends ShippedVersion {
  digest: string;
  environment: string;
  app: string;
  /** ISO time at which it ended. */
  at: string;
  /** How it ended: an outcome of a deploy, or the phase on the platform. */
  result: string;
  run?: string;
  by?: string | undefined;
  /** The page of the pipeline's run. */
  pipeline?: string | undefined;
  branch?: string | undefined;
  /** There were uncommitted changes: the commit does not match what was shipped. */
  dirty: boolean;
  /** Why a freeze did not stop it. */
  despiteFreeze?: string | undefined;
  /** What was live before. */
  replaced?: ShippedVersion;
  /** ISO times; undefined if the records have none. */
  verifiedAt?: string | undefined;
  smokeTestedAt?: string | undefined;
}

/** A merge of what was shipped. */
export interface ShippedMerge {
  at: string;
  branch: string;
  into: string;
  /** The merge commit. */
  commit: string;
}

type Started = Extract<JournalRecord, { type: 'run-started' }>;
type Finished = Extract<JournalRecord, { type: 'finished' }>;
type RunFinished = Finished & { run: string; environment: string };

/** The shipments of one artefact that the journal has, oldest first. @param matches tells its digest */
export function shipmentsInJournal(
  records: readonly JournalRecord[],
  matches: (digest: string) => boolean,
): Shipment[] {
  const started = new Map<string, Started>();
  const verified = new Map<string, string>();
  const tested = new Map<string, string>();
  const versions = new Map<string, ShippedVersion>();
  const found: Shipment[] = [];
  for (const record of records) {
    if (record.type === 'run-started') started.set(record.run, record);
    else if (record.type === 'verified') verified.set(keyOf(record), record.at);
    else if (record.type === 'smoke-tested') tested.set(keyOf(record), record.at);
    else if (record.type === 'tested' && record.success && record.deployment !== undefined) {
      for (const one of found) if (one.deployment === record.deployment) one.smokeTestedAt ??= record.at;
    } else if (record.type === 'finished') {
      const finished = record as RunFinished;
      const start = started.get(finished.run);
      const shipment = shipmentOf(finished, start);
      const { deployment } = shipment;
      if (deployment !== undefined) versions.set(deployment, versions.get(deployment) ?? shipment);
      if (!wasSent(finished.result) || !matches(shipment.digest)) continue;
      const previous = finished.result.previousDeploymentId;
      found.push({
        ...shipment,
        ...(previous !== undefined && { replaced: versionOf(versions, previous) }),
        verifiedAt: verified.get(keyOf(finished)),
        smokeTestedAt: tested.get(keyOf(finished)),
      });
    }
  }
  return found;
}

/** The shipments of one artefact that only the platform shows. @param known ids of deployments that the journal has */
export function shipmentsOnPlatform(
  { app, deployments }: AppHistory,
  environment: string,
  matches: (digest: string) => boolean,
  known: ReadonlySet<string>,
): Shipment[] {
  const ordered = [...deployments].sort((a, b) => createdAt(a).localeCompare(createdAt(b)));
  return ordered.flatMap((deployment, index) => {
    const mark = markOf(deployment.spec);
    if (!mark || !matches(mark.artefact) || known.has(deployment.id)) return [];
    const before = ordered.find(({ id }) => id === (mark.over ?? ordered[index - 1]?.id));
    return [
      {
        ...versionOn(deployment, mark),
        digest: mark.artefact,
        environment,
        app: app.spec.name,
        at: deployment.phase_last_updated_at ?? deployment.updated_at ?? createdAt(deployment),
        result: (deployment.phase ?? 'unknown').toLowerCase(),
        by: mark.by,
        dirty: mark.dirty ?? false,
        ...(before && { replaced: versionOn(before, markOf(before.spec)) }),
      },
    ];
  });
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

function shipmentOf(
  { result, run, environment, at, skill }: RunFinished,
  start: Started | undefined,
): Shipment {
  const { branch, commit: head, dirty = false } = start?.skills[skill] ?? {};
  const freeze = start?.despite_freeze;
  return {
    digest: result.digest,
    deployment: result.deploymentId,
    commit: result.commit ?? result.liveMark?.commit ?? head,
    environment,
    app: skill,
    at,
    result: result.outcome,
    run,
    by: start?.by ?? result.liveMark?.by,
    pipeline: start?.pipeline,
    branch,
    dirty,
    ...(freeze && { despiteFreeze: `until ${freeze.until}: ${freeze.because}` }),
  };
}

function versionOf(versions: ReadonlyMap<string, ShippedVersion>, deployment: string): ShippedVersion {
  const { digest, commit } = versions.get(deployment) ?? {};
  return { deployment, digest, commit };
}

function versionOn({ id }: Deployment, mark: Mark | undefined): ShippedVersion {
  return { deployment: id, digest: mark?.artefact, commit: mark?.commit };
}

function createdAt({ created_at: at = '' }: Deployment): string {
  return at;
}

function keyOf({ run, skill }: { run?: string; skill: string }): string {
  return `${run} ${skill}`;
}
