import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const deadlineMs = 20_000;

/** Stops the Nx daemon of a checkout, if there is one: it would keep watching a deleted folder. */
export async function endDaemon(workspaceRoot: string): Promise<void> {
  if (!existsSync(join(workspaceRoot, '.nx/workspace-data/d/server-process.json'))) return;
  // Nx's variables concern the checkout of this task.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NX_')));
  await execa('npx', ['nx', 'daemon', '--stop'], {
    cwd: workspaceRoot,
    env,
    extendEnv: false,
    stdin: 'ignore',
    timeout: deadlineMs,
    // Git decides whether the folder can be removed; a daemon that cannot be stopped ends by itself later.
    reject: false,
  });
}
