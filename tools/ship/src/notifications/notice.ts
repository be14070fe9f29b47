import { type DeployResult, deployResultSchema, ownCauseCodes } from '@odoobo/app-platform';
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { describeAlert } from '../monitor/alert-lines.js';
import type { MonitorRow } from '../monitor/report.js';
import { type RolloutStatus, rolloutStatusSchema } from '../records/rollout-status.js';
import { isSuccess, runStatus } from '../records/run-status.js';
import { printable } from '../terminal/printable.js';

/** How many lines of a log are shown. */
const shownLines = 5;
const shownCharacters = 300;

const { outcome, action, url, commit, durationMs, note, cause } = deployResultSchema.shape;

const noticeSkillSchema = z.object({
  skill: z.string(),
  /** Undefined in a run that has only started, like all fields below. */
  outcome: outcome.optional(),
  action: action.optional(),
  deployment: z.string().optional(),
  url,
  digest: z.string().optional(),
  commit,
  durationMs: durationMs.optional(),
  note,
  cause,
  /** How far its rollout was, and why it was aborted, if it has one. */
  rollout: rolloutStatusSchema.optional(),
});

/** What happens to a rollout, beside what happens to its run. */
export const rolloutEvents = [
  'rollout-started',
  'rollout-step',
  'rollout-waits',
  'rollout-held',
  'rollout-promoted',
  'rollout-aborted',
] as const;

export type RolloutEvent = (typeof rolloutEvents)[number];

/** The payload of a webhook with the format `json`. */
export const noticeSchema = z.object({
  /** The version of this format. */
  version: z.literal(1),
  /** The same id when a notice is sent again because the reply to it was lost. */
  id: z.uuid(),
  event: z.enum([
    'started',
    'finished',
    'failed',
    'rolled-back',
    'interrupted',
    'crash-looping',
    'alert-raised',
    ...rolloutEvents,
  ]),
  at: z.iso.datetime(),
  run: z.string(),
  /** `monitor` is `nx monitor`, which notifies about crash loops. */
  kind: z.enum(['deploy', 'rollback', 'restart', 'scale', 'monitor']),
  environment: z.string(),
  status: z.enum(['in_progress', 'completed', 'failed', 'interrupted']),
  skills: z.array(noticeSkillSchema),
  /** Why the run could not start, if it could not. */
  error: z.string().optional(),
});

export type Notice = z.infer<typeof noticeSchema>;
export type NoticeSkill = z.infer<typeof noticeSkillSchema>;

/** The run that a notice is about. */
export type NoticeRun = Pick<Notice, 'run' | 'kind' | 'environment'>;

export function startedNotice(run: NoticeRun, skills: readonly string[]): Notice {
  return noticeOf(run, {
    event: 'started',
    status: 'in_progress',
    skills: skills.map((skill) => ({ skill })),
  });
}

/** @param rollouts how far those were that have not ended, by skill */
export function endNotice(
  run: NoticeRun,
  results: readonly DeployResult[],
  rollouts: ReadonlyMap<string, RolloutStatus> = new Map(),
): Notice {
  return noticeOf(run, {
    event: eventOf(run, results),
    status: runStatus(results),
    skills: [...results]
      .sort(byOutcome)
      .map((result) => ({ ...noticeSkill(result), ...ofRollout(rollouts.get(result.skill)) })),
  });
}

/** The notice for a rollout that began, went on or ended. */
export function rolloutNotice(
  run: NoticeRun,
  event: RolloutEvent,
  skill: string,
  rollout: RolloutStatus,
): Notice {
  const status = endedRollouts[event] ?? 'in_progress';
  return noticeOf(run, { event, status, skills: [{ skill, ...ofRollout(rollout) }] });
}

const endedRollouts: Partial<Record<RolloutEvent, Notice['status']>> = {
  'rollout-promoted': 'completed',
  'rollout-aborted': 'failed',
};

function ofRollout(rollout: RolloutStatus | undefined): Pick<NoticeSkill, 'rollout'> {
  if (!rollout) return {};
  return {
    rollout: { ...rollout, ...(rollout.because !== undefined && { because: shorten(rollout.because) }) },
  };
}

/** The notice for a run that could not start, or was aborted. */
export function errorNotice(run: NoticeRun, event: 'failed' | 'interrupted', error: string): Notice {
  return noticeOf(run, { event, status: event, skills: [], error: shorten(error) });
}

/** The notice for live skills in a crash loop. */
export function crashNotice(run: NoticeRun, rows: readonly MonitorRow[]): Notice {
  return noticeOf(run, {
    event: 'crash-looping',
    status: 'failed',
    skills: rows.map(({ skill, live, restarts }) => ({
      skill,
      deployment: live?.deploymentId,
      url: live?.url,
      digest: live?.digest,
      cause: restarts && {
        code: 'CrashLoop',
        message: shorten(
          `${restarts.count} restarts since it went live; ${restarts.component} ${restarts.cause}`,
        ),
        logTail: restarts.lines.slice(0, shownLines).map(shorten),
      },
    })),
  });
}

/** The notice for alerts of App Specs that were raised. */
export function alertNotice(run: NoticeRun, rows: readonly MonitorRow[]): Notice {
  return noticeOf(run, {
    event: 'alert-raised',
    status: 'failed',
    skills: rows.flatMap(({ skill, live, alerts = [] }) =>
      alerts.map((alert) => ({
        skill,
        deployment: live?.deploymentId,
        url: live?.url,
        digest: live?.digest,
        cause: { code: 'AlertRaised', message: shorten(describeAlert(alert)), logTail: [] },
      })),
    ),
  });
}

function noticeOf(
  { run, kind, environment }: NoticeRun,
  content: Pick<Notice, 'event' | 'status' | 'skills' | 'error'>,
): Notice {
  const at = new Date().toISOString();
  return { version: 1, id: randomUUID(), at, run, kind, environment, ...content };
}

/** The worst event. A version that was rolled back failed, but no longer serves. */
function eventOf({ kind }: NoticeRun, results: readonly DeployResult[]): Notice['event'] {
  const status = runStatus(results);
  if (status === 'interrupted') return 'interrupted';
  const bad = results.filter((result) => !isSuccess(result));
  const standing = standingIn(results);
  if (standing && bad.every((result) => standstillOf(result) !== undefined)) return standing;
  if (bad.some(({ outcome }) => outcome !== 'rolled-back')) return 'failed';
  const backed = results.some(({ action, outcome }) => outcome === 'deployed' && action === 'rollback');
  return bad.length > 0 || (kind === 'rollback' && backed) ? 'rolled-back' : 'finished';
}

/** What a run says that has left rollouts to a person: a hold before an approval. */
function standingIn(results: readonly DeployResult[]): RolloutEvent | undefined {
  const found = results.map(standstillOf);
  return found.find((one) => one === 'rollout-held') ?? found.find((one) => one !== undefined);
}

function standstillOf({ outcome, cause }: DeployResult): RolloutEvent | undefined {
  if (outcome === 'waiting' || cause?.code === ownCauseCodes.rolloutWaits) return 'rollout-waits';
  return cause?.code === ownCauseCodes.rolloutHeld ? 'rollout-held' : undefined;
}

/** Failures first, then changes, then the rest. */
function byOutcome(a: DeployResult, b: DeployResult): number {
  return rank(a) - rank(b) || (a.skill < b.skill ? -1 : 1);
}

function rank(result: DeployResult): number {
  if (!isSuccess(result)) return 0;
  return result.outcome === 'unchanged' ? 2 : 1;
}

function noticeSkill(result: DeployResult): NoticeSkill {
  const { skill, outcome, action, deploymentId, url, digest, commit, durationMs, note, cause } = result;
  return {
    skill,
    outcome,
    action,
    deployment: deploymentId,
    url,
    digest: digest === '-' ? undefined : digest,
    commit,
    durationMs,
    note: note && shorten(note),
    cause: cause && {
      ...cause,
      message: shorten(cause.message),
      logTail: cause.logTail.slice(-shownLines).map(shorten),
    },
  };
}

function shorten(text: string): string {
  const characters = [...printable(text)];
  if (characters.length <= shownCharacters) return characters.join('');
  return `${characters.slice(0, shownCharacters - 1).join('')}…`;
}
