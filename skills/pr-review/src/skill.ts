import { defineSkill } from '@odoobo/skill-kit';
import { parseDiff } from './diff/parse-diff.js';
import { withDeadline } from './github/deadline.js';
import { reviewPullRequest } from './review-pull-request.js';
import { reviewFiles } from './review.js';
import { inputSchema, outputSchema, type Input, type Review } from './schema.js';

/** Below the skill's own limit, so that the answer can say who was slow. */
const GITHUB_TIMEOUT_MS = 25_000;

const EXAMPLE = `diff --git a/src/run.js b/src/run.js
--- a/src/run.js
+++ b/src/run.js
@@ -1,2 +1,3 @@
 import { execSync } from 'node:child_process';
+execSync(\`git log \${branch}\`);
 export {};
`;

/** The skill with its settings: GITHUB_API_URL, GITHUB_TOKEN, GITHUB_REPOSITORIES. */
export function prReviewSkill(env: NodeJS.ProcessEnv, gitHubTimeoutMs = GITHUB_TIMEOUT_MS) {
  return defineSkill({
    input: inputSchema,
    output: outputSchema,
    bodyLimit: 8 * 1024 * 1024,
    examples: [
      {
        title: 'A shell command built from strings',
        input: { diff: EXAMPLE },
        output: {
          issues: [
            {
              type: 'injection',
              severity: 'high',
              file: 'src/run.js',
              line: 2,
              side: 'RIGHT',
              message: 'A shell command is put together from strings, so a value can run another command.',
              suggestion: 'Use execFile or spawn with a list of arguments.',
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
  const { diff, repository, pr_number, severity_threshold: threshold, auto_comment: autoComment } = input;
  if (repository === undefined || pr_number === undefined) {
    return reviewFiles(parseDiff(diff ?? ''), { threshold, signal });
  }
  return withDeadline(gitHubTimeoutMs, signal, (timed) =>
    reviewPullRequest({ repository, number: pr_number }, { threshold, autoComment, env, signal: timed }),
  );
}

export const skill = prReviewSkill(process.env);
