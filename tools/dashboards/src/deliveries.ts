import { newBoard } from './new-board.js';
import { lines, number, table } from './panels.js';

const all = 'sum(increase(app_deployments_total[$__range]))';

export const deliveries = newBoard('deliveries', 'Deliveries')
  .time({ from: 'now-7d', to: 'now' })
  .withPanel(
    number(
      { title: 'Deployments', description: 'That succeeded, in the time shown.' },
      'sum(increase(app_deployments_total{result="succeeded"}[$__range]))',
    ),
  )
  .withPanel(
    number(
      {
        title: 'Failed',
        description:
          'The share of deployments that failed before they were live. Those that failed later: nx-skills dora.',
        unit: 'percentunit',
      },
      `(sum(increase(app_deployments_total{result="failed"}[$__range])) or vector(0)) / ${all}`,
    ),
  )
  .withPanel(number({ title: 'In progress' }, 'sum(app_deployments_in_progress) or vector(0)'))
  .withPanel(number({ title: 'Oldest version', unit: 's' }, 'max(time() - app_live_since_timestamp_seconds)'))
  .withPanel(
    lines(
      { title: 'Deployments by result', description: 'Finished within an hour.' },
      { expr: 'sum by (result) (increase(app_deployments_total[1h]))', legend: '{{result}}' },
    ),
  )
  .withPanel(
    lines(
      { title: 'Deployments by app', description: 'Finished within an hour.' },
      { expr: 'sum by (app) (increase(app_deployments_total[1h]))', legend: '{{app}}' },
    ),
  )
  .withPanel(
    table({ title: 'Live for', unit: 's' }, 'sort_desc(time() - app_live_since_timestamp_seconds)', [
      'instance',
    ]),
  );
