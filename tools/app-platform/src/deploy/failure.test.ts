import { describe, expect, it } from 'vitest';
import type { Deployment, DeploymentProgressStep } from '../spec/index.js';
import { describeStep, failedStep, runningStep } from './failure.js';

function deployment(...steps: DeploymentProgressStep[]): Deployment {
  return { id: 'd', progress: { steps } };
}

const reason = { code: 'BuildJobExitNonZero', message: 'exit status 1' };

describe('the failed step', () => {
  it('is the deepest, with the reason that it or one above it gives', () => {
    const inner = {
      name: 'web',
      status: 'ERROR' as const,
      component_name: 'web',
      message_base: 'Building service',
    };
    const components = { name: 'components', status: 'ERROR' as const, reason, steps: [inner] };
    const found = failedStep(
      deployment({
        name: 'build',
        status: 'ERROR',
        steps: [{ name: 'initialize', status: 'SUCCESS' }, components],
      }),
    );
    expect(found).toEqual({ step: inner, reason, phase: 'BUILDING' });
    expect(describeStep(found.step)).toBe('Building service web');
  });

  it('of several is the one that gives a reason', () => {
    const quiet = { name: 'one', status: 'ERROR' as const };
    const explained = { name: 'two', status: 'ERROR' as const, reason };
    expect(failedStep(deployment({ name: 'deploy', status: 'ERROR', steps: [quiet, explained] })).step).toBe(
      explained,
    );
  });

  it('is unknown if the platform reports no steps', () => {
    expect(failedStep({ id: 'd' })).toMatchObject({ step: undefined, phase: 'DEPLOYING' });
  });
});

describe('the running step', () => {
  it('is the innermost one, by name where it has no words', () => {
    const steps = [
      {
        name: 'deploy',
        status: 'RUNNING' as const,
        steps: [{ name: 'finalize', status: 'RUNNING' as const }],
      },
    ];
    expect(runningStep(deployment(...steps))).toBe('finalize');
    expect(runningStep({ id: 'd' })).toBeUndefined();
  });
});
