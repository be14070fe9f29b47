/** The environment of this machine: the local platform. Every other environment is on App Platform. */
const local = 'local';

/** The environments that need no placements file: the default, and `-c production`. */
export const usualEnvironments: readonly string[] = [local, 'production'];

/** Whether an environment is the local platform, which runs artefacts of uncommitted files and shares nothing with others. */
export function isLocal(environment: string): boolean {
  return environment === local;
}

/** What the placement without a name is called. */
export const defaultPlacement = 'default';

/** An environment or a placement, as it is in a name of an app, of a ref and of a variable of a pipeline. */
export const placementName = /^[a-z][a-z0-9-]{0,18}[a-z0-9]$/;
