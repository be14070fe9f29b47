import { join } from 'node:path';

/** Where a workspace keeps what deployments write; all of it is ignored by git. */
export interface WorkspaceFolders {
  /** State of the local platform. */
  platform: string;
  /** One file a skill: who of this machine is writing to its app. */
  claims: string;
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
  return {
    platform: join(workspaceRoot, '.local-platform'),
    claims: join(workspaceRoot, '.nx/skills/claims'),
    journal: join(workspaceRoot, 'WORKTREE_STATUS.journal.jsonl'),
    status: join(workspaceRoot, 'WORKTREE_STATUS.json'),
    deploymentLogs: join(workspaceRoot, 'logs/deployments'),
    rollbackLogs: join(workspaceRoot, 'logs/rollbacks'),
    mergeLogs: join(workspaceRoot, 'logs/merges'),
    testLogs: join(workspaceRoot, 'logs/tests'),
  };
}
