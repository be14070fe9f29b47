import { mainCheckout } from '@odoobo/machine/main-checkout';
import { join } from 'node:path';

/** A file or folder of a workspace: its path from the root, and its content. */
export interface WorkspaceFile {
  path: string;
  holds: string;
}

/** Files that deployments write, in the main checkout, shared by all worktrees and ignored by git. */
export const kept = {
  status: {
    path: 'WORKTREE_STATUS.json',
    holds: 'the status of each skill',
  },
  journal: {
    path: 'WORKTREE_STATUS.journal.jsonl',
    holds:
      'every event of every run, oldest first: the status is made from it. Earlier months are in `logs/journal`',
  },
  deploymentLogs: {
    path: 'logs/deployments',
    holds:
      'each `deploy` writes a log `deploy-<time>.log`, and one per skill, `deploy-<time>-<skill>.log`; so do `restart` and `scale`',
  },
  rollbackLogs: { path: 'logs/rollbacks', holds: 'the same for each `rollback`' },
  mergeLogs: { path: 'logs/merges', holds: 'the same for each `merge`' },
  testLogs: {
    path: 'logs/tests',
    holds: 'each `smoke-test` writes a log `test-<time>.log`, and a report as `.json` and JUnit `.xml`',
  },
  profiles: {
    path: 'logs/profiles',
    holds: 'each `profile` writes a flame graph as `.html`, and its data as `.cpuprofile` and `.heapprofile`',
  },
  platform: {
    path: '.local-platform',
    holds:
      "the local platform's own: `platform.json` (its address and token, readable by you alone), `server.log`, apps, images, builds, logs of services",
  },
  claims: {
    path: '.nx/skills/claims',
    holds: 'one file per skill: the process of this machine that writes to its app',
  },
  routerImage: { path: '.nx/skills/router', holds: 'the image of the router of rollouts' },
  rolloutKey: {
    path: '.nx/skills/rollout-key',
    holds: 'the key of the secrets of rollouts on the local platform, readable by you alone',
  },
  baseImages: { path: '.nx/skills/base-images', holds: 'manifests of base images, by digest' },
} satisfies Record<string, WorkspaceFile>;

/** The absolute paths. */
export type WorkspaceFolders = Record<keyof typeof kept, string>;

export function workspaceFolders(workspaceRoot: string): WorkspaceFolders {
  const main = mainCheckout(workspaceRoot);
  const paths = Object.entries(kept).map(([name, { path }]) => [name, join(main, path)]);
  return Object.fromEntries(paths) as WorkspaceFolders;
}
