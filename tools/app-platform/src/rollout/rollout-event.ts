import type { Happening } from '../deploy/events.js';
import type { RouterState } from './router-state.js';

/** What is reported of the state of a rollout's routers. */
export function rolloutEvent(state: RouterState): Extract<Happening, { type: 'rollout' }> {
  const { rollout, phase, weight, step, verdict, out, held, variants } = state;
  const because = out?.because ?? held?.because ?? verdict.because;
  return {
    type: 'rollout',
    rollout,
    phase,
    weight,
    ...(step && { step: { index: step.index, of: step.of } }),
    waitsFor: step?.waitsFor ?? [],
    verdict: verdict.answer,
    ...(because !== undefined && { because }),
    live: countsOf(variants.live),
    canary: countsOf(variants.canary),
  };
}

function countsOf({ requests, failures, p95 }: RouterState['variants']['live']) {
  return { requests, failures, ...(p95 != null && { p95 }) };
}
