import type { DeployResult } from '@odoobo/app-platform';

/** Cause codes for skills that are not sent. App Platform and the engine have no such codes. */
export const unsentCodes = {
  /** Its manifest or App Spec has an error. */
  invalid: 'InvalidSkill',
  /** The environment has no value for a variable of a placement. */
  missing: 'MissingVariables',
  /** It has no artefact. */
  noBuild: 'NoBuild',
  /** The artefact could not be published. */
  notPublished: 'PublishFailed',
  /** Production is deployed from commits. */
  uncommitted: 'UncommittedChanges',
  /** The platform would build from another repository than the one that is checked out. */
  otherRepository: 'OtherRepository',
  /** The branch that the platform builds could not be pushed. */
  notPushed: 'PushFailed',
  /** A promotion has nothing to take, or no app that can run it. */
  nothingToPromote: 'NothingToPromote',
  /** What is to be promoted was not verified where it is live, or is not healthy there. */
  notVerified: 'NotVerified',
  /** The app with the name of a preview does not belong to this pull request. */
  nameTaken: 'NameTaken',
  /** A task that the deploy waits for has failed. */
  taskFailed: 'TaskFailed',
  /** The job of a pipeline ended before the deploy. */
  notDeployed: 'NotDeployed',
  /** The pipeline was cancelled before the deploy. */
  cancelled: 'Cancelled',
} as const;

/** The result of a skill with nothing to send, or that could not be sent. */
export function couldNotBeSent(skill: string, code: string, message: string): DeployResult {
  return notSent(skill, 'failed', code, message);
}

/** The result of a skill that is not sent because of another skill. */
export function skipped(skill: string, code: string, message: string): DeployResult {
  return notSent(skill, 'skipped', code, message);
}

function notSent(skill: string, outcome: 'failed' | 'skipped', code: string, message: string): DeployResult {
  return {
    skill,
    outcome,
    action: 'none',
    digest: '-',
    durationMs: 0,
    cause: { code, message, logTail: [] },
  };
}
