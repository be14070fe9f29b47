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
