import type { DeployEvent } from '@odoobo/app-platform';
import * as z from 'zod';

const countsSchema = z.object({
  requests: z.number().describe('How many have ended.'),
  failures: z.number().describe('How many of them failed.'),
  p95: z.number().optional().describe('The time in which 95 of 100 answers ended, in milliseconds.'),
});

/** How far a rollout was when it was last seen. */
export const rolloutStatusSchema = z.object({
  id: z.string().describe('Of the rollout.'),
  phase: z.string().describe('`going`, `held`, `done`, `out` or `fixed`.'),
  step: z.number().optional().describe('The step, from 1.'),
  steps: z.number().optional().describe('How many there are.'),
  weight: z.number().describe('The percentage of the clients that the new version serves.'),
  waits_for: z.array(z.string()).describe('What the step needs: `time`, `requests`, `approval`.'),
  verdict: z.string().describe('`good`, `bad` or `too little`.'),
  because: z.string().optional().describe('Why it is held, or out.'),
  live: countsSchema.describe('The requests to what was live before.'),
  canary: countsSchema.describe('The requests to the new version.'),
});

export type RolloutStatus = z.infer<typeof rolloutStatusSchema>;

/** What the status file keeps of an event. */
export function rolloutStatus(
  event: Omit<Extract<DeployEvent, { type: 'rollout' }>, 'at' | 'skill'>,
): RolloutStatus {
  const { rollout: id, phase, step, weight, waitsFor: waits_for, verdict, because, live, canary } = event;
  return {
    id,
    phase,
    ...(step && { step: step.index + 1, steps: step.of }),
    weight,
    waits_for,
    verdict,
    ...(because !== undefined && { because }),
    live,
    canary,
  };
}
