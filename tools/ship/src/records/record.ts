import { type DeployEvent, deployEventSchema } from '@odoobo/app-platform';
import * as z from 'zod';
import { type TaskRecord, taskRecordSchema } from './task-record.js';

const run = { run: z.string(), at: z.iso.datetime() };

/** A skill at the start of a run that changes what is live. */
const startedSkillSchema = z.object({
  /** The skill, if this is the app of a placement. */
  of: z.string().optional(),
  digest: z.string().optional(),
  branch: z.string().optional(),
  worktree: z.string().optional(),
  commit: z.string().optional(),
  /** Whether there were uncommitted changes: then the commit does not match what was shipped. */
  dirty: z.boolean().optional(),
});

const runRecordSchema = z.discriminatedUnion('type', [
  z
    .object({
      ...run,
      type: z.literal('run-started'),
      environment: z.string(),
      skills: z.record(z.string(), startedSkillSchema),
      /** Who has started it, as far as known. */
      by: z.string().optional(),
      /** The page of the pipeline's run. */
      pipeline: z.string().optional(),
      /** The freeze of the environment that it was made despite. */
      despite_freeze: z
        .object({ until: z.string(), because: z.string(), by: z.string().optional() })
        .optional(),
    })
    .describe('A deploy, rollback, restart or scale begins, with these skills.'),
  z
    .object({
      ...run,
      type: z.literal('run-finished'),
      status: z.enum(['completed', 'failed', 'interrupted']),
    })
    .describe('It ended.'),
  z
    .object({
      ...run,
      type: z.literal('notified'),
      environment: z.string(),
      /** The notice that a webhook got, such as `started`. */
      event: z.string(),
    })
    .describe('A webhook was notified.'),
  z
    .object({
      ...run,
      type: z.literal('traced'),
      /** The id of the trace, as OpenTelemetry writes it. */
      trace_id: z.string(),
      skills: z.array(z.string()),
    })
    .describe('The trace of the run was exported.'),
]);

const skillRecordSchema = z.intersection(
  deployEventSchema,
  z.object({ run: z.string(), environment: z.string() }),
);

/** One line of the journal. */
export const recordSchema = z.union([runRecordSchema, skillRecordSchema, taskRecordSchema]);

export type RunRecord = z.infer<typeof runRecordSchema>;
/** An event of such a run. */
export type SkillRecord = DeployEvent & { run: string; environment: string };
export type JournalRecord = RunRecord | SkillRecord | TaskRecord;

/** Parses a line; undefined for an incomplete line, or one of another version. */
export function parseRecord(line: string): JournalRecord | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
