import { durationMs } from '@odoobo/machine/time';
import type { SkillPlanned, SkillRun } from '../deploy/skill-run.js';
import { rolloutOf } from '../rollout/steer.js';
import type { AppSpec } from '../spec/index.js';
import { priceOf } from './cost.js';
import type { SkillPlan } from './skill-plan.js';

/** What a plan means for a rollout, and what that costs while it lasts; undefined if there is none. */
export async function rolloutIn(
  { request, fleet }: SkillRun,
  { app, action, writes, spec, live }: SkillPlanned,
  signal: AbortSignal,
): Promise<SkillPlan['rollout']> {
  const steps = request.rollout?.plan.steps ?? [];
  const about = {
    steps: steps.length,
    leastSeconds: steps.reduce((sum, step) => sum + (durationMs(step.for ?? '') ?? 0), 0) / 1000,
    needsApproval: steps.some(({ approve }) => approve),
  };
  if (writes === 'canary') {
    const during = action === 'follow' ? (live?.spec ?? spec) : spec;
    const { cost } = await priceOf(fleet.client, withKnownImages(during), app?.id, signal);
    const state = action === 'follow' ? 'goes-on' : 'begins';
    return { ...about, state, ...(cost !== undefined && { costMeanwhile: cost }) };
  }
  return action === 'update' && rolloutOf(app) ? { ...about, state: 'ends' } : undefined;
}

/** The platform does not know images that are about to be shipped, and they do not matter for the price. */
function withKnownImages(spec: AppSpec): AppSpec {
  const [known] = spec.services ?? [];
  if (!known?.image) return spec;
  const { image } = known;
  return { ...spec, services: (spec.services ?? []).map((one) => (one.image ? { ...one, image } : one)) };
}
