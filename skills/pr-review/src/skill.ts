import { defineSkill } from '@odoobo/skill-kit';
import { reviewDiff } from './review.js';
import { inputSchema, outputSchema } from './schema.js';

const EXAMPLE = `diff --git a/src/run.js b/src/run.js
--- a/src/run.js
+++ b/src/run.js
@@ -1,2 +1,3 @@
 import { execSync } from 'node:child_process';
+execSync(\`git log \${branch}\`);
 export {};
`;

export const skill = defineSkill({
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
  invoke: async ({ diff = '', severity_threshold }, { signal }) =>
    reviewDiff(diff, { threshold: severity_threshold, signal }),
});
