import type { DeployResult } from '@odoobo/app-platform';

/** The result of a skill for which there is nothing to send, or nothing that could be sent. */
export function couldNotBeSent(skill: string, code: string, message: string): DeployResult {
  return notSent(skill, 'failed', code, message);
}

/** The result of a skill that is not sent because of another one. */
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
