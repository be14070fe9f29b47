import { newBoard } from './new-board.js';
import { lines, number } from './panels.js';

const requests = 'sum by (app, variant) (rate(app_variant_requests_total[$__rate_interval]))';

export const rollouts = newBoard('rollouts', 'Rollouts')
  .withPanel(number({ title: 'Rollouts in progress' }, 'count(app_rollout_weight_percentage) or vector(0)'))
  .withPanel(
    lines(
      { title: 'Weight', description: 'The share of clients that get the new version.', unit: 'percent' },
      { expr: 'app_rollout_weight_percentage', legend: '{{app}}' },
    ),
  )
  .withPanel(
    lines({ title: 'Requests by version', unit: 'reqps' }, { expr: requests, legend: '{{app}} {{variant}}' }),
  )
  .withPanel(
    lines(
      {
        title: 'Failures by version',
        description: 'The share of its requests. The verdict is the routers\u2019, not this chart\u2019s.',
        unit: 'percentunit',
      },
      {
        expr: `sum by (app, variant) (rate(app_variant_failures_total[$__rate_interval])) / ${requests}`,
        legend: '{{app}} {{variant}}',
      },
    ),
  );
