import { defineSkill, SkillError, withDeadline } from '@odoobo/skill-kit';
import { parseDiff } from './diff/parse-diff.js';
import { Budget } from './model/budget.js';
import { type ChangeOptions, reviewChange } from './review-change.js';
import { reviewPullRequest } from './review-pull-request.js';
import { type Input, inputSchema, outputSchema, type Review } from './schema.js';

/** Below the skill's own limit, so that the answer can say who was slow. */
const githubTimeoutMs = 25_000;

/** A model answers within this time of a call, so that the review can still be posted. */
const modelMs = 20_000;

const example = `diff --git a/src/run.js b/src/run.js
--- a/src/run.js
+++ b/src/run.js
@@ -1,2 +1,3 @@
 import { execSync } from 'node:child_process';
+execSync(\`git log \${branch}\`);
 export {};
`;

/** The skill with its settings: the variables that start with GITHUB_ and MODEL_. */
export function prReviewSkill(env: NodeJS.ProcessEnv, gitHubTimeoutMs = githubTimeoutMs) {
  const budget = new Budget();
  return defineSkill({
    input: inputSchema,
    output: outputSchema,
    bodyLimit: 8 * 1024 * 1024,
    examples: [
      {
        title: 'A shell command built from strings',
        input: { diff: example },
        output: {
          issues: [
            {
              type: 'injection',
              severity: 'high',
              file: 'src/run.js',
              line: 2,
              side: 'RIGHT',
              message: 'A shell command is built from strings, so a value can run another command.',
              suggestion: 'Use execFile or spawn with a list of arguments.',
              rule: 'shell-command-built-from-strings',
              cwe: 'CWE-78',
            },
          ],
          files: [
            {
              path: 'src/run.js',
              status: 'modified',
              additions: 1,
              deletions: 0,
              binary: false,
              read_as: 'fragments',
              functions: [],
            },
          ],
          lockfile_sync: { status: 'not_applicable', stale: [] },
          complexity_score: 0.2,
          approval_recommendation: 'request_changes',
        },
      },
      {
        title: 'A pull request, with the issues posted to it',
        input: { repository: 'acme/shop', pr_number: 7, severity_threshold: 'medium', auto_comment: true },
        output: {
          issues: [
            {
              type: 'breaking_change',
              severity: 'high',
              file: 'src/cart.ts',
              line: 12,
              side: 'RIGHT',
              message: '`Cart.total`, parameter `at`, needs an argument that existing calls do not pass.',
              suggestion: 'Give the new parameter a default value, and put it last.',
              rule: 'parameter-required',
            },
          ],
          files: [
            {
              path: 'src/cart.ts',
              status: 'modified',
              additions: 1,
              deletions: 1,
              binary: false,
              read_as: 'whole',
              functions: [{ name: 'Cart.total', line: 12, complexity: 3, before: 3 }],
            },
          ],
          lockfile_sync: { status: 'not_applicable', stale: [] },
          complexity_score: 0.2,
          approval_recommendation: 'request_changes',
          posted_review: {
            status: 'posted',
            url: 'https://github.com/acme/shop/pull/7#pullrequestreview-80',
            commit: '1f0c4a6d9b27e35f8a1d0c4b6e9f2a7d5c3b8e10',
          },
        },
      },
    ],
    invoke: async (input, { signal }) => {
      const model = { env, budget, until: performance.now() + modelMs };
      const { severity_threshold: threshold, sarif, model_comments } = input;
      const options = { threshold, sarif, signal, ...(model_comments && { model }) };
      return review(input, options, env, gitHubTimeoutMs);
    },
  });
}

async function review(
  { diff, repository, pr_number, auto_comment: autoComment }: Input,
  options: ChangeOptions,
  env: NodeJS.ProcessEnv,
  gitHubTimeoutMs: number,
): Promise<Review> {
  if (repository === undefined || pr_number === undefined) {
    const text = diff ?? '';
    return reviewChange({ size: text.length, files: () => parseDiff(text) }, options);
  }
  const late = `The pull request took longer than ${gitHubTimeoutMs / 1000} s to read. Try again: nothing is posted twice.`;
  const tooSlow = new SkillError(504, 'github_timeout', late);
  return withDeadline(gitHubTimeoutMs, tooSlow, options.signal, (signal) =>
    reviewPullRequest({ repository, number: pr_number }, { ...options, autoComment, env, signal }),
  );
}

export const skill = prReviewSkill(process.env);
