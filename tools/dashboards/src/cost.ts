import { newBoard } from './new-board.js';
import { lines, number, table } from './panels.js';

export const cost = newBoard('cost', 'Cost')
  .time({ from: 'now-7d', to: 'now' })
  .withPanel(number({ title: 'A month', unit: 'currencyUSD' }, 'sum(app_cost_dollars_per_month)'))
  .withPanel(number({ title: 'Instances' }, 'sum(app_instances)'))
  .withPanel(
    lines(
      { title: 'Cost a month', unit: 'currencyUSD' },
      { expr: 'app_cost_dollars_per_month', legend: '{{app}}' },
    ),
  )
  .withPanel(
    lines(
      {
        title: 'Memory that is used',
        description: 'Of the fullest instance: an app that stays far below 100 % may need a smaller size.',
        unit: 'percent',
      },
      { expr: 'max by (app) (app_memory_percentage)', legend: '{{app}}' },
    ),
  )
  .withPanel(
    table({ title: 'The most expensive', unit: 'currencyUSD' }, 'topk(20, app_cost_dollars_per_month)', [
      '__name__',
      'instance',
    ]),
  );
