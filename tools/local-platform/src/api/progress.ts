import type { DeploymentProgress, DeploymentProgressStep } from '@odoobo/app-platform/spec';
import type { Step } from '../state/app-record.js';

/** The `progress` of the official document: counters of the leaves (zero ones are left out), their tree, and the leaves. */
export function presentProgress(steps: readonly Step[]): DeploymentProgress {
  const count = (status: Step['status']) => steps.filter((step) => step.status === status).length;
  const counters = {
    pending_steps: count('PENDING'),
    running_steps: count('RUNNING'),
    success_steps: count('SUCCESS'),
    error_steps: count('ERROR'),
    total_steps: steps.length,
  };
  return {
    ...Object.fromEntries(Object.entries(counters).filter(([, value]) => value > 0)),
    steps: presentTree(steps, 0, isFinished(steps)),
    summary_steps: steps.map(presentLeaf),
  };
}

/** Steps that are pending then stay so: those of jobs for a failure that did not happen. */
function isFinished(steps: readonly Step[]): boolean {
  return steps.some(({ path, status }) => path.join('/') === 'deploy/finalize' && status === 'SUCCESS');
}

function presentTree(steps: readonly Step[], depth: number, finished: boolean): DeploymentProgressStep[] {
  const names = new Set(steps.map((step) => step.path[depth]));
  return [...names].map((name) => {
    const under = steps.filter((step) => step.path[depth] === name);
    const [only] = under;
    if (only?.path.length === depth + 1) return presentLeaf(only);
    const begun = under.filter(({ status }) => status !== 'PENDING');
    const counted = finished && begun.length > 0 ? begun : under;
    return { name, ...combined(counted, depth), steps: presentTree(under, depth + 1, finished) };
  });
}

function presentLeaf(step: Step): DeploymentProgressStep {
  return {
    name: step.path.at(-1),
    status: step.status,
    ...(step.component !== undefined && { component_name: step.component }),
    ...(step.message !== undefined && { message_base: step.message }),
    ...(step.startedAt !== undefined && { started_at: step.startedAt }),
    ...(step.endedAt !== undefined && { ended_at: step.endedAt }),
    ...(step.reason && { reason: step.reason }),
  };
}

/** What a parent step says of its leaves. Below `components` (depth 1) each parent stands for one component. */
function combined(leaves: readonly Step[], depth: number): DeploymentProgressStep {
  const statuses = leaves.map(({ status }) => status);
  const status = statuses.includes('ERROR')
    ? 'ERROR'
    : statuses.every((one) => one === statuses[0])
      ? statuses[0]
      : 'RUNNING';
  const started = leaves.flatMap(({ startedAt }) => startedAt ?? []).sort()[0];
  const ended = leaves
    .flatMap(({ endedAt }) => endedAt ?? [])
    .sort()
    .at(-1);
  return {
    status,
    ...(depth === 2 && { component_name: leaves[0]?.component }),
    ...(started !== undefined && { started_at: started }),
    ...(ended !== undefined && (status === 'SUCCESS' || status === 'ERROR') && { ended_at: ended }),
  };
}
