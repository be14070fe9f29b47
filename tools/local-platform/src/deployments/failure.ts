import type { ReasonCode } from '@odoobo/app-platform/spec';
import { PhaseError } from './phases.js';

/** A deployment ends in ERROR, for this reason; the message is shown to the user who deployed. */
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

/** A failure and its component. */
export class ComponentFailure extends Error {
  override name = 'ComponentFailure';

  constructor(
    readonly component: string,
    override readonly cause: unknown,
  ) {
    super(`Component "${component}" failed.`, { cause });
  }
}

/** Runs the work of one component; an error becomes the component's failure, unless its deployment no longer exists. */
export async function ofComponent<T>(component: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof PhaseError ? error : new ComponentFailure(component, error);
  }
}

/** Why a deployment failed, and in which component if that is known. An unexpected error is one of the platform. */
export function toFailure(error: unknown): { failure: DeploymentFailure; component?: string } {
  if (error instanceof ComponentFailure) {
    return { failure: toFailure(error.cause).failure, component: error.component };
  }
  if (error instanceof DeploymentFailure) return { failure: error };
  const message = error instanceof Error ? error.message : String(error);
  return { failure: new DeploymentFailure('InternalError', message, { cause: error }) };
}
