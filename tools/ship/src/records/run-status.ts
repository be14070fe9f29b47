import type { DeployResult } from '@odoobo/app-platform';

const successes: readonly DeployResult['outcome'][] = ['deployed', 'unchanged', 'waiting'];

export function isSuccess(result: DeployResult): boolean {
  return successes.includes(result.outcome) || isSuperseded(result);
}

/** A newer commit has replaced it, as intended. If it was overtaken by anything else, that is its cause, and it failed. */
export function isSuperseded({ outcome, cause }: Pick<DeployResult, 'outcome' | 'cause'>): boolean {
  return outcome === 'superseded' && cause === undefined;
}

/** The status of a run of several skills. */
export function runStatus(results: readonly DeployResult[]): 'completed' | 'failed' | 'interrupted' {
  if (results.some(({ outcome }) => outcome === 'interrupted')) return 'interrupted';
  return results.every(isSuccess) ? 'completed' : 'failed';
}
