import type { Filter, Group, Query } from './query.js';
import type { Join } from './resolve.js';

const aggregates = { count: 'number', sum: 'sum', avg: 'average', min: 'lowest', max: 'highest' };

const byTemplates = 'Made by fixed templates, without a language model.';

/** Says in English what a query does, so that a reader can check whether it is what was asked. */
export function explain(query: Query, joins: Join[]): string {
  const { filters, groups, order, limit } = query;
  const parts = [
    subject(query),
    ...(joins.length > 0
      ? [`joined by ${joins.map(({ from, key }) => `${from}.${key.column}`).join(' and ')}`]
      : []),
    ...(groups.length > 0 ? [`for each ${groups.map(groupName).join(' and ')}`] : []),
    ...(filters.length > 0 ? [`where ${filters.map(filterText).join(' and ')}`] : []),
    ...(order ? [`${order.descending ? 'the largest' : 'the smallest'} first by ${orderName(query)}`] : []),
  ];
  return `${parts.join(', ')}; at most ${limit} ${limit === 1 ? 'row' : 'rows'}. ${byTemplates}`;
}

function subject({ from, columns, measure }: Query): string {
  if (!measure) return `${columns.map(({ name }) => name).join(', ') || 'Every column'} of ${from.name}`;
  const { aggregate, column } = measure;
  return `The ${aggregates[aggregate]} of ${column ? `${column.table}.${column.name}` : from.name}`;
}

function groupName(group: Group): string {
  if (group.by === 'column') return `${group.column.table}.${group.column.name}`;
  if (group.by === 'entity') return `row of ${group.table.name}`;
  return `${group.period} of ${group.column.table}.${group.column.name}`;
}

function filterText({ column, operator, value }: Filter): string {
  return `${column.table}.${column.name} ${operator} ${value}`;
}

function orderName({ order, measure }: Query): string {
  if (order && order.by !== 'measure') return order.by.name;
  return measure?.column ? `that ${aggregates[measure.aggregate]}` : 'that number';
}
