/** Phases of a deployment, in their order. `apps_deployment_phase` of the official document. */
export const phases = [
  'UNKNOWN',
  'PENDING_BUILD',
  'BUILDING',
  'PENDING_DEPLOY',
  'DEPLOYING',
  'ACTIVE',
  'SUPERSEDED',
  'ERROR',
  'CANCELED',
] as const;

export type Phase = (typeof phases)[number];

/** A deployment in one of these is over. (An ACTIVE one still turns SUPERSEDED when the next turns ACTIVE.) */
export const terminalPhases = ['ACTIVE', 'SUPERSEDED', 'ERROR', 'CANCELED'] as const satisfies Phase[];

export function isTerminal(phase: Phase | undefined): boolean {
  return terminalPhases.some((terminal) => terminal === phase);
}

/** Why a step failed or was quick, as seen in the official clients and their issues; the platform may send others. */
export const reasonCodes = [
  'BuildJobFailed',
  'BuildJobExitNonZero',
  'BuildJobTimeout',
  'BuildJobOutOfMemory',
  'DeployContainerExitNonZero',
  'DeployContainerHealthChecksFailed',
  'ContainerCommandNotExecutable',
  'ContainerOutOfMemory',
  'PreviousBuildReused',
  'PreBuiltImage',
  'InternalError',
] as const;

export type ReasonCode = (typeof reasonCodes)[number];
