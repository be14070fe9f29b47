import { newBoard } from './new-board.js';
import { lines, number, table } from './panels.js';

/** What the delivery figures are of. */
const month = 'Of the last 30 days, as nx-skills dora has it.';

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
  .withPanel(number({ title: 'Verified deployments', description: month }, 'sum(delivery_deployments)'))
  .withPanel(
    number(
      {
        title: 'Change failure rate',
        description: `Of the changes that took traffic. ${month}`,
        unit: 'percentunit',
      },
      'sum(delivery_change_failures) / sum(delivery_changes)',
    ),
  )
  .withPanel(
    number(
      { title: 'Longest lead time', description: `The median of the slowest skill. ${month}`, unit: 's' },
      'max(delivery_lead_time_seconds)',
    ),
  )
  .withPanel(
    number(
      { title: 'Not restored', description: `Failures without a good version since. ${month}` },
      'sum(delivery_not_restored)',
    ),
  )
  .withPanel(
    lines(
      { title: 'Verified deployments of each skill', description: month },
      { expr: 'delivery_deployments', legend: '{{skill}}' },
    ),
  )
  .withPanel(
    lines(
      {
        title: 'Lead time',
        description: `The median, from a commit to its first verified deployment. ${month}`,
        unit: 's',
      },
      { expr: 'delivery_lead_time_seconds', legend: '{{skill}}' },
    ),
  )
  .withPanel(
    lines(
      { title: 'Change failure rate of each skill', description: month, unit: 'percentunit' },
      { expr: 'delivery_change_failure_ratio', legend: '{{skill}}' },
    ),
  )
  .withPanel(
    lines(
      {
        title: 'Time to restore',
        description: `The median, until a good version was live again. ${month}`,
        unit: 's',
      },
      { expr: 'delivery_time_to_restore_seconds', legend: '{{skill}}' },
    ),
  )
  .withPanel(
    table({ title: 'Live for', unit: 's' }, 'sort_desc(time() - app_live_since_timestamp_seconds)', [
      'instance',
    ]),
  );
