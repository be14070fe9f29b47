import type { RouterState } from '@odoobo/app-platform/rollout';
import type { Family, Sample } from './family.js';

/** How rollouts go, by the counts of their routers. @param states by the name of the app */
export function rolloutFamilies(states: ReadonlyMap<string, RouterState>): Family[] {
  const requests: Sample[] = [];
  const failures: Sample[] = [];
  const weights: Sample[] = [];
  for (const [app, { rollout, weight, variants }] of states) {
    weights.push({ labels: { app, rollout }, value: weight });
    for (const variant of ['live', 'canary'] as const) {
      const labels = { app, rollout, variant };
      requests.push({ labels, value: variants[variant].requests });
      failures.push({ labels, value: variants[variant].failures });
    }
  }
  return [
    {
      name: 'app_variant_requests_total',
      help: 'Requests that each version of a rollout has answered.',
      type: 'counter',
      values: requests,
    },
    {
      name: 'app_variant_failures_total',
      help: 'Of those, the ones that have failed.',
      type: 'counter',
      values: failures,
    },
    {
      name: 'app_rollout_weight_percentage',
      help: 'The percentage of the clients that the new version serves.',
      type: 'gauge',
      values: weights,
    },
  ];
}
