import * as z from 'zod';

const common = { run: z.string(), at: z.iso.datetime(), skill: z.string() };

const checkedSchema = z
  .object({
    ...common,
    type: z.literal('checked'),
    environment: z.string(),
    healthy: z.boolean(),
    url: z.string().optional(),
    statusCode: z.number().optional(),
    /** The response time of the last answer. */
    responseMs: z.number().optional(),
    attempts: z.number().optional(),
    /** What is wrong; undefined if it is healthy. */
    trouble: z.string().optional(),
  })
  .describe('`healthcheck` checked its health.');

const testedSchema = z
  .object({
    ...common,
    type: z.literal('tested'),
    environment: z.string(),
    success: z.boolean(),
    /** Undefined for a skill that is not live, like deployment and digest. */
    url: z.string().optional(),
    deployment: z.string().optional(),
    digest: z.string().optional(),
    failedStages: z.array(z.string()),
    /** The path of the report files, relative to the workspace root, without their endings. */
    report: z.string().optional(),
  })
  .describe('`smoke-test` tested it.');

const mergedSchema = z
  .object({
    ...common,
    type: z.literal('merged'),
    /** The branch that was merged, such as `skill/pr-review`. */
    branch: z.string(),
    /** The branch that it was merged into. */
    into: z.string(),
    /** The merge commit. */
    commit: z.string(),
    /** The head of the branch: what was verified and merged. */
    head: z.string(),
    /** Where it was proven; undefined if that was skipped, like all fields below. */
    environment: z.string().optional(),
    deployment: z.string().optional(),
    digest: z.string().optional(),
    url: z.string().optional(),
    verifiedAt: z.iso.datetime().optional(),
  })
  .describe('`merge` merged its branch.');

const mergeRefusedSchema = z
  .object({
    ...common,
    type: z.literal('merge-refused'),
    branch: z.string().optional(),
    reason: z.string(),
    /** The files that conflict. */
    files: z.array(z.string()).optional(),
  })
  .describe('`merge` did not merge its branch.');

const worktreeSchema = z
  .object({
    ...common,
    type: z.literal('worktree'),
    branch: z.string(),
    /** Absolute. */
    path: z.string(),
    action: z.enum(['created', 'adopted', 'repaired', 'removed', 'kept']),
  })
  .describe('`worktree` made, kept or removed its worktree.');

/** The result of a target that does not change what is live, for one skill. */
export const taskRecordSchema = z.discriminatedUnion('type', [
  checkedSchema,
  testedSchema,
  mergedSchema,
  mergeRefusedSchema,
  worktreeSchema,
]);

export type TaskRecord = z.infer<typeof taskRecordSchema>;

/** The same as a target reports it: run and time are added when it is recorded. */
export type TaskOutcome = TaskRecord extends infer R
  ? R extends TaskRecord
    ? Omit<R, 'run' | 'at'>
    : never
  : never;
