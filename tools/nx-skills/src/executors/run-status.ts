import type { DeployResult } from '@odoobo/app-platform';

export function isSuccess({ outcome }: DeployResult): boolean {
  return outcome === 'deployed' || outcome === 'unchanged';
}

/** How a run of many skills ended. */
export function runStatus(results: readonly DeployResult[]): 'completed' | 'failed' | 'interrupted' {
  if (results.some(({ outcome }) => outcome === 'interrupted')) return 'interrupted';
  return results.every(isSuccess) ? 'completed' : 'failed';
}
