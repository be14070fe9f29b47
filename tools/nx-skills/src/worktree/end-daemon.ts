import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const deadlineMs = 20_000;

/** Ends the daemon that Nx has started for a checkout, where there is one: it would go on watching a folder that is gone. */
export async function endDaemon(workspaceRoot: string): Promise<void> {
  if (!existsSync(join(workspaceRoot, '.nx/workspace-data/d/server-process.json'))) return;
  // What Nx tells its tasks is about the checkout that they run in.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NX_')));
  await execa('npx', ['nx', 'daemon', '--stop'], {
    cwd: workspaceRoot,
    env,
    extendEnv: false,
    stdin: 'ignore',
    timeout: deadlineMs,
    // Git decides whether the folder can go; a daemon that cannot be told ends by itself after a while.
    reject: false,
  });
}
