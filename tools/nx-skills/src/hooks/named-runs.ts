import { nameRun, type RunName, runName } from '@odoobo/ship/records/run-name';

/** The runs of Nx in progress, by Nx's own id: with the daemon on, one process runs the hooks of all of them. */
const runs = new Map<string, RunName>();

/** Names a run of Nx in the environment that its tasks get. */
export function beginRun(id: string, env: NodeJS.ProcessEnv): void {
  nameRun(env);
  runs.set(id, runName(env, 'deploy'));
}

/** The name of a run that has ended, as a run of deploys. */
export function endRun(id: string): RunName | undefined {
  const name = runs.get(id);
  runs.delete(id);
  return name;
}
