import { defineSkill, SkillError, withDeadline } from '@odoobo/skill-kit';
import { parseDiff } from './diff/parse-diff.js';
import { reviewChange } from './review-change.js';
import { reviewPullRequest } from './review-pull-request.js';
import { type Input, inputSchema, outputSchema, type Review } from './schema.js';

/** Below the skill's own limit, so that the answer can say who was slow. */
const githubTimeoutMs = 25_000;

const example = `diff --git a/src/run.js b/src/run.js
--- a/src/run.js
+++ b/src/run.js
@@ -1,2 +1,3 @@
 import { execSync } from 'node:child_process';
+execSync(\`git log \${branch}\`);
 export {};
`;

/** The skill with its settings: GITHUB_API_URL, GITHUB_TOKEN, GITHUB_REPOSITORIES. */
export function prReviewSkill(env: NodeJS.ProcessEnv, gitHubTimeoutMs = githubTimeoutMs) {
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
    invoke: async (input, { signal }) => review(input, signal, env, gitHubTimeoutMs),
  });
}

async function review(
  input: Input,
  signal: AbortSignal,
  env: NodeJS.ProcessEnv,
  gitHubTimeoutMs: number,
): Promise<Review> {
  const { diff, repository, pr_number, auto_comment: autoComment, sarif } = input;
  const options = { threshold: input.severity_threshold, sarif };
  if (repository === undefined || pr_number === undefined) {
    return reviewChange(parseDiff(diff ?? ''), { ...options, signal });
  }
  const late = `The pull request took longer than ${gitHubTimeoutMs / 1000} s to read. Try again: nothing is posted twice.`;
  return withDeadline(gitHubTimeoutMs, new SkillError(504, 'github_timeout', late), signal, (timed) =>
    reviewPullRequest({ repository, number: pr_number }, { ...options, autoComment, env, signal: timed }),
  );
}

export const skill = prReviewSkill(process.env);
