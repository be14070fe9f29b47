import type { Workspace } from '@odoobo/e2e/workspace';

export interface NxCall {
  args: string[];
  daemon: boolean;
  /** Text that Nx must print: if the command does not do its job, its time is no measurement. */
  prints?: string;
  signal: AbortSignal;
}

/**
 * Runs Nx as a user does, in a separate process.
 *
 * @returns seconds until that process ended
 * @throws with all that Nx printed, when it failed or did something other than expected; the reason of `signal`
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
