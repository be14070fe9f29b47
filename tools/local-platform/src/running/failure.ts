import type { ReasonCode } from '@odoobo/app-platform/spec';

/** A deployment ends in ERROR, for this reason; the message is shown to whoever deployed. */
export class DeploymentFailure extends Error {
  override name = 'DeploymentFailure';

  constructor(
    readonly code: ReasonCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What was not foreseen is an error of the platform. */
export function toFailure(error: unknown): DeploymentFailure {
  if (error instanceof DeploymentFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new DeploymentFailure('InternalError', message, { cause: error });
}
