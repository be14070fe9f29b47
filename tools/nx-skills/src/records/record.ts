import { deployEventSchema, type DeployEvent } from '@odoobo/app-platform';
import * as z from 'zod';

const run = { run: z.string(), at: z.iso.datetime() };

/** A skill as a run finds it. */
const startedSkillSchema = z.object({
  digest: z.string().optional(),
  branch: z.string().optional(),
  worktree: z.string().optional(),
  commit: z.string().optional(),
});

const runRecordSchema = z.discriminatedUnion('type', [
  z.object({
    ...run,
    type: z.literal('run-started'),
    environment: z.string(),
    skills: z.record(z.string(), startedSkillSchema),
  }),
  z.object({
    ...run,
    type: z.literal('run-finished'),
    status: z.enum(['completed', 'failed', 'interrupted']),
  }),
]);

const skillRecordSchema = z.intersection(
  deployEventSchema,
  z.object({ run: z.string(), environment: z.string() }),
);

/** One line of the journal. */
export const recordSchema = z.union([runRecordSchema, skillRecordSchema]);

export type RunRecord = z.infer<typeof runRecordSchema>;
export type SkillRecord = DeployEvent & { run: string; environment: string };
export type JournalRecord = RunRecord | SkillRecord;

/** The record on a line; undefined for a line that a crash has torn, or that another version wrote. */
export function parseRecord(line: string): JournalRecord | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
