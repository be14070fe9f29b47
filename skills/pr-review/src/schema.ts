import * as z from 'zod';
import { ISSUE_TYPES, SEVERITIES } from './rules/rule.js';

export const inputSchema = z.strictObject({
  diff: z.string().min(1).meta({ description: 'A unified diff, as git diff prints it' }),
});

const issueSchema = z.object({
  type: z.enum(ISSUE_TYPES),
  severity: z.enum(SEVERITIES),
  file: z.string(),
  line: z.int().min(1).meta({ description: 'Line in the new file' }),
  message: z.string(),
  suggestion: z.string(),
});

const fileSchema = z.object({
  path: z.string(),
  status: z.enum(['added', 'modified', 'deleted', 'renamed', 'copied']),
  additions: z.int(),
  deletions: z.int(),
  binary: z.boolean(),
});

const lockfileSyncSchema = z.object({
  status: z.enum(['in_sync', 'out_of_sync', 'not_applicable']),
  stale: z.array(z.object({ manifest: z.string(), expected_one_of: z.array(z.string()) })),
});

export const outputSchema = z.object({
  issues: z.array(issueSchema).meta({ description: 'Findings on added lines, the most severe first' }),
  files: z.array(fileSchema).meta({ description: 'The changed files' }),
  lockfile_sync: lockfileSyncSchema.meta({ description: 'Did dependencies change without their lockfile?' }),
  complexity_score: z.number().min(0).max(10).meta({ description: 'How hard it is to review, 0 to 10' }),
  approval_recommendation: z
    .enum(['approve', 'comment', 'request_changes'])
    .meta({ description: 'request_changes for an issue that is high or critical' }),
});

export type Issue = z.infer<typeof issueSchema>;
export type LockfileSync = z.infer<typeof lockfileSyncSchema>;
export type Review = z.infer<typeof outputSchema>;
