import { appVariable, newBoard } from './new-board.js';
import { lines, number } from './panels.js';

const ofApp = 'app=~"$app"';
const times = `sum by (component, le) (rate(app_request_duration_seconds_bucket{${ofApp}}[$__rate_interval]))`;

export const skill = newBoard('skill', 'One skill', `{${ofApp}}`)
  .withVariable(appVariable())
  .withPanel(number({ title: 'Instances' }, `sum(app_instances{${ofApp}})`))
  .withPanel(
    number({ title: 'Live for', unit: 's' }, `time() - max(app_live_since_timestamp_seconds{${ofApp}})`),
  )
  .withPanel(number({ title: 'Raised alerts' }, `sum(app_alert_raised{${ofApp}}) or vector(0)`))
  .withPanel(
    number({ title: 'Cost a month', unit: 'currencyUSD' }, `sum(app_cost_dollars_per_month{${ofApp}})`),
  )
  .withPanel(
    lines(
      { title: 'Requests', unit: 'reqps' },
      {
        expr: `sum by (component, status) (rate(app_requests_total{${ofApp}}[$__rate_interval]))`,
        legend: '{{component}} {{status}}',
      },
    ),
  )
  .withPanel(
    lines(
      { title: 'Response times', unit: 's' },
      ...[0.5, 0.95, 0.99].map((share) => ({
        expr: `histogram_quantile(${share}, ${times})`,
        legend: `{{component}} ${share * 100} %`,
      })),
    ),
  )
  .withPanel(
    lines(
      { title: 'Requests of each instance', unit: 'reqps' },
      {
        expr: `sum by (component, instance) (rate(app_instance_requests_total{${ofApp}}[$__rate_interval]))`,
        legend: '{{component}} {{instance}}',
      },
    ),
  )
  .withPanel(
    lines(
      { title: 'Failures of each instance', unit: 'reqps' },
      {
        expr: `sum by (component, instance) (rate(app_instance_failures_total{${ofApp}}[$__rate_interval]))`,
        legend: '{{component}} {{instance}}',
      },
    ),
  )
  .withPanel(
    lines(
      { title: 'Processor', description: 'Of the instance size.', unit: 'percent' },
      { expr: `app_cpu_percentage{${ofApp}}`, legend: '{{component}} {{instance}}' },
    ),
  )
  .withPanel(
    lines(
      { title: 'Memory', unit: 'bytes' },
      { expr: `app_memory_bytes{${ofApp}}`, legend: '{{component}} {{instance}}' },
    ),
  )
  .withPanel(
    lines(
      { title: 'Restarts', description: 'Since it is live.' },
      { expr: `app_restart_count{${ofApp}}`, legend: '{{component}} {{instance}}' },
    ),
  )
  .withPanel(
    lines({ title: 'Instances over time' }, { expr: `app_instances{${ofApp}}`, legend: '{{component}}' }),
  );
