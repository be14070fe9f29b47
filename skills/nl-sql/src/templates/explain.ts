import type { Column } from '../catalogue/database.js';
import { type Condition, type Group, isMeasure, type Measure, type Query } from './query.js';
import type { Join } from './resolve.js';

const aggregates = { count: 'number', sum: 'sum', avg: 'average', min: 'lowest', max: 'highest' };

const byTemplates = 'Made by fixed templates, without a language model.';

/** Says in English what a query does, so that a reader can check whether it is what was asked. */
export function explain(query: Query, joins: Join[]): string {
  const { conditions, groups, having, limit } = query;
  const parts = [
    subject(query),
    ...(joins.length > 0
      ? [`joined by ${joins.map(({ from, key }) => `${from}.${key.column}`).join(' and ')}`]
      : []),
    ...(groups.length > 0 ? [`for each ${groups.map(groupName).join(' and ')}`] : []),
    ...(conditions.length > 0 ? [`where ${conditions.map(conditionText).join(' and ')}`] : []),
    ...having.map(({ operator, value }) => `with a number of rows ${operator} ${value}`),
    ...orderText(query),
  ];
  return `${parts.join(', ')}; at most ${limit} ${limit === 1 ? 'row' : 'rows'}. ${byTemplates}`;
}

function subject({ from, columns, measures, groups, distinct }: Query): string {
  if (measures.length > 0)
    return `The ${measures.map((measure) => measureName(measure, from.name)).join(' and the ')}`;
  const listed = columns.map(({ name }) => name).join(', ');
  if (groups.length > 0) return listed ? `The ${listed} by rows of ${from.name}` : `Rows of ${from.name}`;
  return `${distinct ? 'The different ' : ''}${listed || 'Every column'} of ${from.name}`;
}

function measureName({ aggregate, column, distinct = false }: Measure, from: string): string {
  return `${aggregates[aggregate]} of ${distinct ? 'different ' : ''}${column ? full(column) : from}`;
}

function full({ table, name }: Column): string {
  return `${table}.${name}`;
}

function groupName(group: Group): string {
  if (group.by === 'column') return full(group.column);
  if (group.by === 'entity') return `row of ${group.table.name}`;
  return `${group.period} of ${full(group.column)}`;
}

function conditionText(condition: Condition): string {
  switch (condition.kind) {
    case 'filter':
      return `${full(condition.column)} ${condition.operator} ${condition.value}`;
    case 'against': {
      const { column, operator, against } = condition;
      return `${full(column)} ${operator} the ${aggregates[against.aggregate]} of all ${full(against.column)}`;
    }
    case 'related': {
      const { of, to, negated, count, conditions } = condition;
      const number = count
        ? `a number of ${count.operator} ${count.value} rows`
        : negated
          ? 'no row'
          : 'a row';
      const where = conditions.length > 0 ? ` where ${conditions.map(conditionText).join(' and ')}` : '';
      return `a row of ${of.name} has ${number} of ${to.name}${where}`;
    }
    case 'also': {
      const { column, negated, conditions } = condition;
      const where = conditions.map(conditionText).join(' and ');
      return `${full(column)} is ${negated ? 'in no' : 'also in a'} row where ${where}`;
    }
    case 'any':
      return `(${condition.conditions.map(conditionText).join(' or ')})`;
  }
}

function orderText({ order, measures }: Query): string[] {
  if (!order) return [];
  const by = isMeasure(order.by) ? thatMeasure(order.by, measures) : order.by.name;
  return [`${order.descending ? 'the largest' : 'the smallest'} first by ${by}`];
}

function thatMeasure({ aggregate, column }: Measure, measures: Measure[]): string {
  if (measures.length === 0) return 'the number of rows';
  return column ? `that ${aggregates[aggregate]}` : 'that number';
}
