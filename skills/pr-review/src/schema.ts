import * as z from 'zod';
import { skipReasons } from './diff/skipped.js';
import { issueTypes, severities } from './rules/rule.js';

const requestSchema = z.strictObject({
  diff: z
    .string()
    .min(1)
    .optional()
    .meta({
      description: 'A unified diff, as git diff prints it. Give either this, or repository and pr_number',
      examples: [
        'diff --git a/run.js b/run.js\n--- a/run.js\n+++ b/run.js\n@@ -1 +1,2 @@\n import x from "x";\n+eval(x);\n',
      ],
    }),
  repository: z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98})\/(?!\.{1,2}$)[\w.-]{1,100}$/, 'expected owner/name')
    .optional()
    .meta({ description: 'GitHub repository, as owner/name', examples: ['acme/shop'] }),
  pr_number: z
    .int()
    .min(1)
    .optional()
    .meta({ description: 'Number of the pull request', examples: [7] }),
  severity_threshold: z
    .enum(severities)
    .default('low')
    .meta({ description: 'Omits issues that are less severe', examples: ['medium'] }),
  auto_comment: z
    .boolean()
    .default(false)
    .meta({
      description: 'Posts the issues as one review of the pull request, once per commit',
      examples: [true],
    }),
  model_comments: z
    .boolean()
    .default(false)
    .meta({ description: 'Lets the language model of the operator comment on the change' }),
  sarif: z
    .boolean()
    .default(false)
    .meta({ description: "Adds the issues as a SARIF 2.1.0 log, for GitHub's code scanning" }),
});

/** Either a diff or a pull request: zod says which one is missing, and the documentation shows one plain object. */
export const inputSchema = requestSchema.superRefine((input, context) => {
  const fail = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
  const { diff, repository, pr_number, auto_comment } = input;
  if (diff === undefined && repository === undefined && pr_number === undefined) {
    return fail('diff', 'give a diff, or repository and pr_number');
  }
  if (diff !== undefined && repository !== undefined) fail('repository', 'omit it: a diff is given');
  if (diff !== undefined && pr_number !== undefined) fail('pr_number', 'omit it: a diff is given');
  if (diff !== undefined && auto_comment)
    fail('auto_comment', 'needs repository and pr_number instead of a diff');
  if (diff === undefined && repository === undefined) fail('repository', 'required with pr_number');
  if (diff === undefined && pr_number === undefined) fail('pr_number', 'required with repository');
});

const issueSchema = z.object({
  type: z.enum(issueTypes),
  severity: z.enum(severities),
  file: z.string(),
  line: z.int().min(1).meta({ description: 'Number of a changed line, in the file of its side' }),
  side: z
    .enum(['RIGHT', 'LEFT'])
    .meta({ description: 'RIGHT is the new file, LEFT the old one, as GitHub names them' }),
  message: z.string(),
  suggestion: z.string(),
  rule: z.string().optional().meta({ description: 'Name of the rule that found it' }),
  cwe: z
    .string()
    .regex(/^CWE-\d+$/)
    .optional()
    .meta({ description: 'Weakness in the Common Weakness Enumeration, such as CWE-89' }),
});

const functionSchema = z.object({
  name: z.string(),
  line: z.int().meta({ description: 'First line in the new file' }),
  complexity: z.int().min(1).meta({ description: 'Cyclomatic complexity' }),
  before: z.int().min(1).optional().meta({ description: 'Complexity before the change, if known' }),
});

const fileSchema = z.object({
  path: z.string(),
  status: z.enum(['added', 'modified', 'deleted', 'renamed', 'copied']),
  additions: z.int(),
  deletions: z.int(),
  binary: z.boolean(),
  read_as: z
    .enum(['whole', 'fragments', 'lines'])
    .meta({ description: 'Parsed as a whole, parsed from the fragments in the diff, or read line by line' }),
  skipped: z
    .enum(skipReasons)
    .optional()
    .meta({ description: 'Why the file was not read: it is of others, minified, or generated' }),
  functions: z.array(functionSchema).meta({ description: 'Functions that the change touches' }),
});

const lockfileSyncSchema = z.object({
  status: z.enum(['in_sync', 'out_of_sync', 'not_applicable']),
  stale: z.array(
    z.object({
      manifest: z.string(),
      expected_one_of: z.array(z.string()),
      dependencies: z
        .array(z.string())
        .meta({ description: 'Dependencies that are out of sync with the lockfile' }),
    }),
  ),
});

const postedSchema = z.object({
  status: z.enum(['posted', 'already_posted']),
  url: z.string().meta({ description: 'URL of the review on GitHub' }),
  commit: z.string().meta({ description: 'The reviewed commit' }),
});

const modelCommentSchema = z.object({
  source: z.literal('model'),
  file: z.string(),
  line: z.int().min(1).meta({ description: 'Number of a changed line, in the file of its side' }),
  side: z.enum(['RIGHT', 'LEFT']),
  message: z.string().meta({ description: 'Plain text that nobody has verified' }),
  suggestion: z.string().optional(),
});

const notReadSchema = z.object({
  file: z.string(),
  reason: z
    .enum(['credentials', 'generated', 'too_large'])
    .meta({ description: 'With too_large the beginning may have been read' }),
});

const modelReviewSchema = z.object({
  status: z.enum(['done', 'nothing_to_read', 'failed', 'not_configured']),
  model: z.string().optional().meta({ description: 'Name of the model' }),
  comments: z.array(modelCommentSchema),
  dropped_comments: z
    .int()
    .min(0)
    .meta({ description: 'Comments that were not on a changed line, had no text, or were too many' }),
  not_read: z
    .array(notReadSchema)
    .meta({ description: 'Files that were not sent to the model, or not to their end' }),
  tokens: z.object({ input: z.int(), output: z.int() }).optional(),
  cost_usd: z.number().optional().meta({ description: 'By the prices that the operator set' }),
  problem: z.object({ code: z.string(), message: z.string() }).optional(),
});

const sarifSchema = z.object({
  $schema: z.string(),
  version: z.literal('2.1.0'),
  runs: z.array(z.record(z.string(), z.unknown())),
});

export const outputSchema = z.object({
  issues: z.array(issueSchema).meta({ description: 'Findings on changed lines, the most severe first' }),
  files: z.array(fileSchema).meta({ description: 'The changed files' }),
  lockfile_sync: lockfileSyncSchema.meta({
    description: 'Whether the lockfiles match the changed dependencies',
  }),
  complexity_score: z
    .number()
    .min(0)
    .max(10)
    .meta({ description: 'How hard the change is to review, 0 to 10' }),
  notes: z
    .array(z.string())
    .optional()
    .meta({ description: 'What this review could not see, such as files that were not read' }),
  approval_recommendation: z
    .enum(['approve', 'comment', 'request_changes'])
    .meta({ description: 'request_changes if an issue is high or critical' }),
  posted_review: postedSchema.optional().meta({ description: 'The posted review, with auto_comment' }),
  model_review: modelReviewSchema
    .optional()
    .meta({ description: 'What a language model says, with model_comments. It changes no other field' }),
  sarif: sarifSchema.optional().meta({ description: 'The issues as a SARIF 2.1.0 log, with sarif' }),
});

export type Input = z.output<typeof inputSchema>;
export type Issue = z.infer<typeof issueSchema>;
export type FileSummary = z.infer<typeof fileSchema>;
export type LockfileSync = z.infer<typeof lockfileSyncSchema>;
export type ModelComment = z.infer<typeof modelCommentSchema>;
export type NotRead = z.infer<typeof notReadSchema>;
export type ModelReview = z.infer<typeof modelReviewSchema>;
export type PostedReview = z.infer<typeof postedSchema>;
export type Review = z.infer<typeof outputSchema>;
