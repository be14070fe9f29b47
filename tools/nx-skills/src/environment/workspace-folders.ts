import { mainCheckout } from '@odoobo/local-platform/client';
import { join } from 'node:path';

/** Where a workspace keeps what deployments write, for all its checkouts; all of it is ignored by git. */
export interface WorkspaceFolders {
  /** State of the local platform. */
  platform: string;
  /** One file a skill: who of this machine is writing to its app. */
  claims: string;
  /** What base images of production say of themselves, by digest. */
  baseImages: string;
  /** Every event of every run: the truth that the status is folded from. */
  journal: string;
  status: string;
  deploymentLogs: string;
  rollbackLogs: string;
  mergeLogs: string;
  /** Logs and reports of smoke tests. */
  testLogs: string;
}

export function workspaceFolders(workspaceRoot: string): WorkspaceFolders {
  const main = mainCheckout(workspaceRoot);
  return {
    platform: join(main, '.local-platform'),
    claims: join(main, '.nx/skills/claims'),
    baseImages: join(main, '.nx/skills/base-images'),
    journal: join(main, 'WORKTREE_STATUS.journal.jsonl'),
    status: join(main, 'WORKTREE_STATUS.json'),
    deploymentLogs: join(main, 'logs/deployments'),
    rollbackLogs: join(main, 'logs/rollbacks'),
    mergeLogs: join(main, 'logs/merges'),
    testLogs: join(main, 'logs/tests'),
  };
}
