import { type Deployment, type Mark, markOf } from '@odoobo/app-platform';
import type { DeployedCommit } from '@odoobo/git-flow';
import type { AppHistory } from '../apps/own-apps.js';
import type { Change } from './change.js';

interface Shown {
  deployment: Deployment;
  mark: Mark;
  createdAt: number;
}

/**
 * The changes of an app that its deployments on the platform show, whoever has made them. The platform knows neither
 * whether a version was verified, nor when a rollout took its first requests.
 * @param kept the commits that were verified, from `refs/deployed`
 */
export function changesOnPlatform(
  { app, deployments }: AppHistory,
  kept: readonly DeployedCommit[],
): Change[] {
  const changes: Change[] = [];
  /** By the write that has started them: a rollback and a restart repeat an earlier one. */
  const byWrite = new Map<string, Change>();
  let live: Change | undefined;
  for (const shown of shownIn(deployments)) {
    const { deployment, mark } = shown;
    const earlier = byWrite.get(mark.write);
    const liveAt = liveSince(deployment);
    if (earlier) {
      if (liveAt === undefined || earlier === live) continue;
      if (live) Object.assign(live, { failed: true, restoredAt: liveAt });
      live = earlier;
      continue;
    }
    const change = changeOf(app.spec.name, shown, liveAt, kept);
    if (!change) continue;
    changes.push(change);
    if (change.end !== 'deployed') continue;
    byWrite.set(mark.write, change);
    live = change;
  }
  return changes;
}

/**
 * Both views of the same changes: what the journal knows of a deployment counts, and the platform adds what happened
 * elsewhere.
 */
export function withPlatform(fromJournal: readonly Change[], fromPlatform: readonly Change[]): Change[] {
  const known = new Map(fromJournal.map((change) => [idOf(change), change]));
  const others: Change[] = [];
  for (const seen of fromPlatform) {
    const change = known.get(idOf(seen));
    if (!change) others.push(seen);
    else if (seen.failed && seen.end === 'deployed') {
      change.failed = true;
      if (seen.restoredAt !== undefined) change.restoredAt ??= seen.restoredAt;
    }
  }
  return [...fromJournal, ...others].sort((a, b) => a.endedAt - b.endedAt);
}

function idOf({ app, deployment = '' }: Change): string {
  return `${app} ${deployment}`;
}

function shownIn(deployments: readonly Deployment[]): Shown[] {
  return deployments
    .flatMap((deployment) => {
      const mark = markOf(deployment.spec);
      const createdAt = Date.parse(deployment.created_at ?? '');
      return mark && !Number.isNaN(createdAt) ? [{ deployment, mark, createdAt }] : [];
    })
    .sort((a, b) => a.createdAt - b.createdAt);
}

function changeOf(
  app: string,
  { deployment, mark, createdAt }: Shown,
  liveAt: number | undefined,
  kept: readonly DeployedCommit[],
): Change | undefined {
  const commit = mark.dirty ? undefined : mark.commit;
  const common = { app, skill: mark.placement?.of ?? mark.skill, deployment: deployment.id, commit };
  if (liveAt !== undefined) {
    const isKept = kept.some((one) => one.skill === app && one.commit === commit);
    const verified = isKept ? ({ verified: 'ref' } as const) : {};
    return { ...common, end: 'deployed', liveAt, endedAt: liveAt, failed: false, ...verified };
  }
  if (deployment.phase !== 'ERROR') return undefined;
  const endedAt = Date.parse(deployment.phase_last_updated_at ?? deployment.updated_at ?? '') || createdAt;
  return { ...common, end: 'failed-before', liveAt, endedAt, failed: true };
}

/** When a deployment took traffic; undefined if it never did: a superseded one may have been replaced before. */
export function liveSince({
  phase,
  progress,
  phase_last_updated_at: changedAt,
}: Deployment): number | undefined {
  if (phase !== 'ACTIVE' && phase !== 'SUPERSEDED') return undefined;
  const { success_steps: succeeded = 0, total_steps: total, steps = [] } = progress ?? {};
  if (phase === 'SUPERSEDED' && (total === undefined || succeeded < total)) return undefined;
  const ended = steps.flatMap((step) => Date.parse(step.ended_at ?? '') || []);
  if (ended.length > 0) return Math.max(...ended);
  return (phase === 'ACTIVE' && Date.parse(changedAt ?? '')) || undefined;
}
