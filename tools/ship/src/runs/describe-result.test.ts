import type { DeployCause, DeployResult } from '@odoobo/app-platform';
import { expect, it } from 'vitest';
import { describeResult } from './describe-result.js';

function failed(cause: Partial<DeployCause>, fields: Partial<DeployResult> = {}): DeployResult {
  const full = { code: 'DeployContainerExitNonZero', message: 'It exited.', logTail: [], ...cause };
  return {
    skill: 'a',
    outcome: 'failed',
    action: 'update',
    digest: '-',
    durationMs: 1000,
    cause: full,
    ...fields,
  };
}

it('says first why it failed (the error of the log, the reason, the message), then the end of the log', () => {
  const logError = 'Error: no database';
  const cause = { logError, step: 'Waiting for a', phase: 'DEPLOYING', logTail: ['before', logError] };
  expect(describeResult(failed(cause, { deploymentId: 'd-1' }))).toBe(`a: failed after 1.0 s
  Error: no database
  reason: DeployContainerExitNonZero
  It exited.
  step: Waiting for a
  deployment: d-1
  last lines of the log:
    | before
    | Error: no database
`);
});

it('shows no phase for a version that was live and was rolled back', () => {
  expect(describeResult(failed({ phase: 'ACTIVE' }))).not.toContain('phase');
  expect(describeResult(failed({ phase: 'BUILDING' }))).toContain('  phase: BUILDING\n');
});

it('wraps text at the width of the terminal', () => {
  const message = 'this version was rolled back from. Deploy it anyway: npx nx deploy a --retry';
  const logTail = [`at (${'/folder'.repeat(9)})`];
  const lines = describeResult(failed({ message, logTail }), 40).split('\n');
  expect(lines).toContain('    | older/folder/folder/folder/folder)');
  expect(lines).toContain('    npx nx deploy a --retry');
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(40);
});
