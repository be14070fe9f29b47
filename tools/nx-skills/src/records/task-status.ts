import * as z from 'zod';
import type { TaskRecord } from './task-record.js';

const healthSchema = z.object({
  healthy: z.boolean(),
  checked_at: z.string(),
  environment: z.string(),
  url: z.string().optional(),
  status_code: z.number().optional(),
  response_ms: z.number().optional(),
  attempts: z.number().optional(),
  trouble: z.string().optional(),
});

const smokeTestSchema = z.object({
  success: z.boolean(),
  tested_at: z.string(),
  environment: z.string(),
  url: z.string().optional(),
  deployment: z.string().optional(),
  digest: z.string().optional(),
  failed_stages: z.array(z.string()),
  report: z.string().optional(),
});

const mergeSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('merged'),
    merged_at: z.string(),
    branch: z.string(),
    into: z.string(),
    commit: z.string(),
    head: z.string(),
    environment: z.string().optional(),
    deployment: z.string().optional(),
    digest: z.string().optional(),
    url: z.string().optional(),
    verified_at: z.string().optional(),
  }),
  z.object({
    status: z.literal('refused'),
    refused_at: z.string(),
    branch: z.string().optional(),
    reason: z.string(),
    files: z.array(z.string()).optional(),
  }),
]);

/** What the targets of a skill last came to that do not change what is live. */
export const taskStatusFields = {
  branch: z.string().optional(),
  worktree: z.string().optional(),
  health: healthSchema.optional(),
  smoke_test: smokeTestSchema.optional(),
  merge: mergeSchema.optional(),
};

export type TaskStatus = z.infer<z.ZodObject<typeof taskStatusFields>>;

/** The status of a skill after one more record; where its deployment stands is left as it is. */
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
  const { run: _run, skill: _skill, at, ...told } = record;
  if (told.type === 'merge-refused') {
    const { type: _type, ...same } = told;
    return { ...same, status: 'refused', refused_at: at };
  }
  const { type: _type, verifiedAt, ...same } = told;
  return { ...same, status: 'merged', merged_at: at, verified_at: verifiedAt };
}

/** A worktree that is gone is no longer the skill's, unless it has got another one meanwhile. */
function foldWorktree<T extends TaskStatus>(
  skill: T,
  { action, branch, path }: Extract<TaskRecord, { type: 'worktree' }>,
): T {
  if (action !== 'removed') return { ...skill, branch, worktree: path };
  return skill.worktree === path ? { ...skill, branch: undefined, worktree: undefined } : skill;
}
