import type { Workspace } from '@odoobo/e2e/workspace';

export interface NxCall {
  args: string[];
  daemon: boolean;
  /** Must be in what Nx prints: a command that does not do its job is no measurement. */
  prints?: string;
  signal: AbortSignal;
}

/**
 * Runs Nx as a user does, in a process of its own.
 *
 * @returns seconds until that process ended
 * @throws with all that Nx printed, when it failed or did something else than it should; the reason of `signal`
 */
export async function timeNx(
  workspace: Workspace,
  { args, daemon, prints = '', signal }: NxCall,
): Promise<number> {
  signal.throwIfAborted();
  const start = performance.now();
  const run = workspace.start(args, { NX_DAEMON: String(daemon), NX_ISOLATE_PLUGINS: 'true' });
  const stop = () => run.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  const { exitCode, output } = await run.ended;
  const seconds = (performance.now() - start) / 1000;
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (exitCode === 0 && output.includes(prints)) return seconds;
  throw new Error(
    `nx ${args.join(' ')}: exit code ${exitCode}, expected 0 and "${prints}". It printed:\n${output}`,
  );
}
