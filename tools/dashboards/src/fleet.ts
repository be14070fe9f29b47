import { newBoard } from './new-board.js';
import { lines, number, table } from './panels.js';

/** Requests of an app in a second. */
const requests = 'sum by (app) (rate(app_requests_total[$__rate_interval]))';

export const fleet = newBoard('fleet', 'Fleet')
  .withPanel(number({ title: 'Apps' }, 'count(count by (app) (app_instances))'))
  .withPanel(number({ title: 'Raised alerts' }, 'sum(app_alert_raised) or vector(0)'))
  .withPanel(number({ title: 'Deployments in progress' }, 'sum(app_deployments_in_progress) or vector(0)'))
  .withPanel(number({ title: 'Cost a month', unit: 'currencyUSD' }, 'sum(app_cost_dollars_per_month)'))
  .withPanel(lines({ title: 'Requests', unit: 'reqps' }, { expr: requests, legend: '{{app}}' }))
  .withPanel(
    lines(
      { title: 'Failures', description: 'The share of answers with 500 or higher.', unit: 'percentunit' },
      {
        expr: `sum by (app) (rate(app_requests_total{status="5xx"}[$__rate_interval])) / ${requests} or 0 * ${requests}`,
        legend: '{{app}}',
      },
    ),
  )
  .withPanel(
    lines(
      { title: 'Response times, 95 %', unit: 's' },
      {
        expr: 'histogram_quantile(0.95, sum by (app, component, le) (rate(app_request_duration_seconds_bucket[$__rate_interval])))',
        legend: '{{app}} {{component}}',
      },
    ),
  )
  .withPanel(
    lines(
      { title: 'Processor', description: 'Of the instance size, on average.', unit: 'percent' },
      { expr: 'avg by (app) (app_cpu_percentage)', legend: '{{app}}' },
    ),
  )
  .withPanel(
    lines(
      { title: 'Memory', description: 'Of the fullest instance of each app.', unit: 'percent' },
      { expr: 'max by (app) (app_memory_percentage)', legend: '{{app}}' },
    ),
  )
  .withPanel(
    lines(
      { title: 'Restarts', description: 'Since each app is live.' },
      { expr: 'sum by (app) (app_restart_count)', legend: '{{app}}' },
    ),
  )
  .withPanel(table({ title: 'What is live' }, 'app_live_info', ['__name__', 'instance', 'Value']));
