import type { DeployResult } from '@odoobo/app-platform';
import * as z from 'zod';
import type { SkillRecord } from './record.js';
import { rolloutStatus, rolloutStatusSchema } from './rollout-status.js';
import { changesWhatIsLive } from './run-name.js';
import { isSuperseded } from './run-status.js';
import { taskStatusFields } from './task-status.js';

/** The status of a skill. */
export const skillStatusSchema = z.object({
  ...taskStatusFields,
  status: z
    .enum(['pending', 'in_progress', 'completed', 'rolled_back', 'failed', 'interrupted'])
    .optional()
    .describe(
      'The status of its last deploy, rollback, restart or scale. Absent for a skill that was never deployed, like all fields below.',
    ),
  deployment_status: z
    .string()
    .optional()
    .describe("The platform's phase while it is in progress, then the outcome."),
  started_at: z.string().optional().describe('When that began.'),
  completed_at: z.string().optional().describe('When it ended.'),
  environment: z.string().optional().describe('`local` or `production`.'),
  deployment: z.string().optional().describe('Id of the deployment on the platform.'),
  unverified_deployment: z
    .string()
    .optional()
    .describe(
      'A deployment that was started here and is not verified yet: its run was interrupted, or still runs.',
    ),
  url: z.string().optional().describe('Where it answers.'),
  commit: z.string().optional().describe('The commit that was shipped.'),
  dirty: z
    .boolean()
    .optional()
    .describe('Whether uncommitted changes were shipped too. Absent if that is unknown.'),
  digest: z.string().optional().describe('Of the artefact.'),
  error: z.string().optional().describe('The code of the cause and its message, if it failed.'),
  trace_id: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional()
    .describe('The id of the trace of that run, if it was exported.'),
  rollout: rolloutStatusSchema
    .optional()
    .describe('How far its rollout was when it was last seen. Absent when it has ended.'),
});

export type SkillStatus = z.infer<typeof skillStatusSchema>;

/** The status of a skill after one more event of a run that changes what is live. */
export function foldEvent(skill: SkillStatus, record: SkillRecord): SkillStatus {
  switch (record.type) {
    case 'planned':
      return { ...planned(skill, record), status: 'in_progress', deployment_status: 'PLANNED' };
    case 'written':
      return {
        ...skill,
        deployment: record.deploymentId,
        unverified_deployment: record.deploymentId,
        deployment_status: 'PENDING_BUILD',
      };
    case 'progress':
      return { ...skill, deployment: record.deploymentId, deployment_status: record.phase };
    case 'active':
      return { ...skill, deployment_status: 'ACTIVE', ...(record.url ? { url: record.url } : {}) };
    case 'rollout':
      return { ...skill, deployment_status: 'ROLLING_OUT', rollout: rolloutStatus(record) };
    case 'rolling-back':
      return { ...skill, deployment_status: 'ROLLING_BACK' };
    case 'finished':
      return changesWhatIsLive(record.run) ? finishChange(skill, record) : finishSkill(skill, record);
    default:
      return skill;
  }
}

const statusOf: Record<DeployResult['outcome'], SkillStatus['status']> = {
  deployed: 'completed',
  unchanged: 'completed',
  failed: 'failed',
  'rolled-back': 'failed',
  superseded: 'failed',
  held: 'failed',
  waiting: 'in_progress',
  skipped: 'failed',
  interrupted: 'interrupted',
};

/** The outcome `deployed` by action. */
const doneBy: Partial<Record<DeployResult['action'], string>> = {
  rollback: 'ROLLED_BACK',
  commit: 'COMMITTED',
  revert: 'REVERTED',
  delete: 'DELETED',
  restart: 'RESTARTED',
  scale: 'SCALED',
};

function endOf(result: DeployResult): Pick<SkillStatus, 'status' | 'deployment_status'> {
  const { outcome, action } = result;
  if (isSuperseded(result)) return { status: 'completed', deployment_status: 'SUPERSEDED' };
  const done = outcome === 'deployed' ? doneBy[action] : undefined;
  return {
    status: done === 'ROLLED_BACK' ? 'rolled_back' : statusOf[outcome],
    deployment_status: done ?? outcome.toUpperCase().replaceAll('-', '_'),
  };
}

type Finished = Extract<SkillRecord, { type: 'finished' }>;

/** The outcomes in which the serving version is verified. */
const wellEnded: readonly DeployResult['outcome'][] = ['deployed', 'unchanged', 'rolled-back'];

function finishSkill(skill: SkillStatus, { at, result, environment }: Finished): SkillStatus {
  const { error: _earlier, unverified_deployment: unverified, rollout, ...rest } = skill;
  return {
    ...rest,
    ...(unverified && !wellEnded.includes(result.outcome) ? { unverified_deployment: unverified } : {}),
    ...(rollout && !wellEnded.includes(result.outcome) ? { rollout } : {}),
    ...endOf(result),
    environment,
    completed_at: at,
    ...(result.deploymentId ? { deployment: result.deploymentId } : {}),
    ...(result.url ? { url: result.url } : {}),
    ...(result.cause ? { error: `${result.cause.code}: ${result.cause.message}` } : {}),
  };
}

/** A deploy starts all its skills at once; in another run each skill starts here. */
function planned(skill: SkillStatus, record: SkillRecord): SkillStatus {
  if (!changesWhatIsLive(record.run)) return skill;
  const {
    error: _error,
    completed_at: _end,
    ...rest
  } = skill.environment === record.environment ? skill : elsewhere(skill);
  return { ...rest, started_at: record.at, environment: record.environment };
}

/** For a skill that was last deployed to another environment: what was live there is not live here. */
function elsewhere({ branch, worktree, health, smoke_test, merge }: SkillStatus): SkillStatus {
  return { branch, worktree, health, smoke_test, merge };
}

/** A skill that the run did not change keeps its status; a restored version is another artefact. */
function finishChange(skill: SkillStatus, record: Finished): SkillStatus {
  const { outcome, action, digest, commit } = record.result;
  if (outcome === 'unchanged') return skill;
  const started = action === 'none' ? planned(skill, record) : skill;
  const broughtBack = outcome === 'deployed' && (action === 'rollback' || action === 'revert');
  return { ...finishSkill(started, record), ...(broughtBack ? { digest, commit, dirty: undefined } : {}) };
}
