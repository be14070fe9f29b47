import type { JournalRecord } from '../records/record.js';
import type { Status } from '../records/status.js';

/** Kinds of runs with their own records. */
export const recordingKinds = ['deploy', 'healthcheck', 'smoke-test', 'merge', 'worktree'] as const;

export type RecordingKind = (typeof recordingKinds)[number];

/** A record of a run of some kind about a skill, with a number that then appears in the status. */
export function recordOf(kind: RecordingKind, skill: string, step: number): JournalRecord {
  const common = { run: `${kind}-1`, at: new Date().toISOString(), skill };
  const environment = 'local';
  const name = `step ${step}`;
  switch (kind) {
    case 'deploy': {
      const progress = { deploymentId: 'd', phase: name, done: step, total: step };
      return { ...common, type: 'progress', environment, ...progress };
    }
    case 'healthcheck':
      return { ...common, type: 'checked', environment, healthy: true, url: name };
    case 'smoke-test':
      return { ...common, type: 'tested', environment, success: false, failedStages: [name] };
    case 'merge':
      return { ...common, type: 'merged', branch: skill, into: 'main', head: 'h', commit: name };
    case 'worktree':
      return { ...common, type: 'worktree', branch: skill, path: name, action: 'created' };
  }
}

/** The number in the status; 0 if there is none. */
export function stepIn(status: Status, kind: RecordingKind, skill: string): number {
  const { deployment_status, health, smoke_test, merge, worktree } = status.skills[skill] ?? {};
  const name = {
    deploy: deployment_status,
    healthcheck: health?.url,
    'smoke-test': smoke_test?.failed_stages[0],
    merge: merge?.status === 'merged' ? merge.commit : undefined,
    worktree,
  }[kind];
  return Number(name?.replace('step ', '') ?? 0);
}
