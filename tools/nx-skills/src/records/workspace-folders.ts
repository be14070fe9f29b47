import { mainCheckout } from '@odoobo/machine/main-checkout';
import { join } from 'node:path';

/** A file or folder of a workspace: its path from the root, and what it is. */
export interface WorkspaceFile {
  path: string;
  holds: string;
}

/** What deployments write. All checkouts of a repository share it, in the main one; git ignores all of it. */
export const kept = {
  status: {
    path: 'WORKTREE_STATUS.json',
    holds: 'where each skill stands',
  },
  journal: {
    path: 'WORKTREE_STATUS.journal.jsonl',
    holds:
      'every event of every run, oldest first: the truth that the status is folded from. Earlier parts, of a month, are in `logs/journal`',
  },
  deploymentLogs: {
    path: 'logs/deployments',
    holds: 'of each `deploy` a log `deploy-<time>.log`, and one a skill, `deploy-<time>-<skill>.log`',
  },
  rollbackLogs: { path: 'logs/rollbacks', holds: 'the same of each `rollback`' },
  mergeLogs: { path: 'logs/merges', holds: 'the same of each `merge`' },
  testLogs: {
    path: 'logs/tests',
    holds:
      'of each `smoke-test` a log `test-<time>.log`, and its report as `.json` and, as JUnit has it, `.xml`',
  },
  platform: {
    path: '.local-platform',
    holds:
      "the local platform's own: `platform.json` (its address and token, readable by you alone), `server.log`, apps, images, builds, logs of services",
  },
  claims: {
    path: '.nx/skills/claims',
    holds: 'a file a skill: which process of this machine writes to its app',
  },
  baseImages: { path: '.nx/skills/base-images', holds: 'what base images say of themselves, by digest' },
} satisfies Record<string, WorkspaceFile>;

/** Where all that is, as absolute paths. */
export type WorkspaceFolders = Record<keyof typeof kept, string>;

export function workspaceFolders(workspaceRoot: string): WorkspaceFolders {
  const main = mainCheckout(workspaceRoot);
  const paths = Object.entries(kept).map(([name, { path }]) => [name, join(main, path)]);
  return Object.fromEntries(paths) as WorkspaceFolders;
}
