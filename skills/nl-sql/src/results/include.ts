import type { Rows } from '../databases/source.js';
import { type Chart, toChart } from './chart.js';
import { toCsv } from './csv.js';
import { toMarkdownTable } from './table.js';

/** The forms in which rows may be added to the answer. */
export const forms = ['table', 'csv', 'chart'] as const;

export type Form = (typeof forms)[number];

export interface Included {
  table?: string;
  csv?: string;
  chart?: Chart;
}

/** The rows in the forms that were asked for; rows that no chart can show have no `chart`. */
export function includeForms(asked: Form[], question: string, rows: Rows): Included {
  const chart = asked.includes('chart') ? toChart(question, rows) : undefined;
  return {
    ...(asked.includes('table') && { table: toMarkdownTable(rows) }),
    ...(asked.includes('csv') && { csv: toCsv(rows) }),
    ...(chart && { chart }),
  };
}
