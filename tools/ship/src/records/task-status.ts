import * as z from 'zod';
import type { TaskRecord } from './task-record.js';

const healthSchema = z.object({
  healthy: z.boolean().describe('Whether it answered 200.'),
  checked_at: z.string().describe('When it was last checked.'),
  environment: z.string().describe('Where.'),
  url: z.string().optional().describe('The URL that was checked.'),
  status_code: z.number().optional().describe('The last HTTP status.'),
  response_ms: z.number().optional().describe('How long that took, in milliseconds.'),
  attempts: z.number().optional().describe('The number of attempts.'),
  trouble: z.string().optional().describe('What is wrong, if it is not healthy.'),
});

const smokeTestSchema = z.object({
  success: z.boolean().describe('Whether all stages passed.'),
  tested_at: z.string().describe('When.'),
  environment: z.string().describe('Where.'),
  url: z.string().optional().describe('What was tested.'),
  deployment: z.string().optional().describe('Which deployment was live then.'),
  digest: z.string().optional().describe('Its artefact.'),
  failed_stages: z.array(z.string()).describe('The stages that failed.'),
  report: z
    .string()
    .optional()
    .describe('The report, from the root of the workspace, without `.json` and `.xml`.'),
});

const mergeSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('merged').describe('Whether it was merged.'),
    merged_at: z.string().describe('When.'),
    branch: z.string().describe('The branch, such as `skill/pr-review`.'),
    into: z.string().describe('The branch that it was merged into.'),
    commit: z.string().describe('The merge commit.'),
    head: z.string().describe('The head of the branch: what was verified and merged.'),
    environment: z
      .string()
      .optional()
      .describe('Where it was verified. Absent with `--skip-verify`, like the next four.'),
    deployment: z.string().optional().describe('The deployment that was live.'),
    digest: z.string().optional().describe('Its artefact.'),
    url: z.string().optional().describe('Where it answered.'),
    verified_at: z.string().optional().describe('When it was verified.'),
  }),
  z.object({
    status: z.literal('refused').describe('Whether it was merged.'),
    refused_at: z.string().describe('When.'),
    branch: z.string().optional().describe('The branch, such as `skill/pr-review`.'),
    reason: z.string().describe('Why it was not merged.'),
    files: z.array(z.string()).optional().describe('The files that conflict.'),
  }),
]);

/** The last results of a skill's targets that do not change what is live. */
export const taskStatusFields = {
  branch: z.string().optional().describe('The branch that it was shipped from, or that its worktree is on.'),
  worktree: z.string().optional().describe('The checkout: an absolute path.'),
  health: healthSchema.optional().describe('The result of the last `healthcheck`.'),
  smoke_test: smokeTestSchema.optional().describe('The result of the last `smoke-test`.'),
  merge: mergeSchema.optional().describe('The result of the last `merge`.'),
};

export type TaskStatus = z.infer<z.ZodObject<typeof taskStatusFields>>;

/** The status of a skill after one more record; the status of its deployment stays. */
export function foldTask<T extends TaskStatus>(skill: T, record: TaskRecord): T {
  switch (record.type) {
    case 'checked':
      return { ...skill, health: healthOf(record) };
    case 'tested':
      return { ...skill, smoke_test: smokeTestOf(record) };
    case 'merged':
    case 'merge-refused':
      return { ...skill, merge: mergeOf(record) };
    case 'worktree':
      return foldWorktree(skill, record);
  }
}

function healthOf(record: Extract<TaskRecord, { type: 'checked' }>): z.infer<typeof healthSchema> {
  const { type: _type, run: _run, skill: _skill, at, statusCode, responseMs, ...same } = record;
  return { ...same, checked_at: at, status_code: statusCode, response_ms: responseMs };
}

function smokeTestOf(record: Extract<TaskRecord, { type: 'tested' }>): z.infer<typeof smokeTestSchema> {
  const { type: _type, run: _run, skill: _skill, at, failedStages, ...same } = record;
  return { ...same, tested_at: at, failed_stages: failedStages };
}

function mergeOf(
  record: Extract<TaskRecord, { type: 'merged' | 'merge-refused' }>,
): z.infer<typeof mergeSchema> {
  const { run: _run, skill: _skill, at, ...outcome } = record;
  if (outcome.type === 'merge-refused') {
    const { type: _type, ...same } = outcome;
    return { ...same, status: 'refused', refused_at: at };
  }
  const { type: _type, verifiedAt, ...same } = outcome;
  return { ...same, status: 'merged', merged_at: at, verified_at: verifiedAt };
}

/** A deleted worktree no longer belongs to the skill, unless it has got another one meanwhile. */
function foldWorktree<T extends TaskStatus>(
  skill: T,
  { action, branch, path }: Extract<TaskRecord, { type: 'worktree' }>,
): T {
  if (action !== 'removed') return { ...skill, branch, worktree: path };
  return skill.worktree === path ? { ...skill, branch: undefined, worktree: undefined } : skill;
}
