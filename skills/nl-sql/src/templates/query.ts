import type { Column, Table } from '../catalogue/database.js';

export type Aggregate = 'count' | 'sum' | 'avg' | 'min' | 'max';

/** What is computed; a count without a column counts rows. */
export interface Measure {
  aggregate: Aggregate;
  column?: Column;
  /** Equal values count once. */
  distinct?: boolean;
}

export type Period = 'day' | 'month' | 'year';

/** What rows are put together by: a column, a row of another table, or a stretch of time. */
export type Group =
  | { by: 'column'; column: Column }
  | { by: 'entity'; table: Table }
  | { by: 'period'; period: Period; column: Column };

export type Comparison = '=' | '<>' | '>' | '>=' | '<' | '<=';

export type Operator = Comparison | 'contains' | 'starts with';

export interface Filter {
  column: Column;
  operator: Operator;
  value: string | number | boolean;
}

/** Compares with a number that is itself computed: the average of the same column. */
export interface AgainstAll {
  column: Column;
  operator: Comparison;
  against: { aggregate: Aggregate; column: Column; from: Table };
}

/** Rows that have, or have not, rows of another table that belong to them. */
export interface Related {
  /** The table whose rows are kept or left out. */
  of: Table;
  /** The table that the rows of `link` refer to, or `link` itself. */
  to: Table;
  /** Refers to `of`, and to `to`. */
  link: Table;
  negated: boolean;
  conditions: Condition[];
  /** How many there have to be. */
  count?: { measure: Measure; operator: Comparison; value: number };
}

/** Values that also rows with other properties have: "countries with players over 40 and players under 20". */
export interface AlsoIn {
  column: Column;
  negated: boolean;
  conditions: Condition[];
}

export type Condition =
  | ({ kind: 'filter' } & Filter)
  | ({ kind: 'against' } & AgainstAll)
  | ({ kind: 'related' } & Related)
  | ({ kind: 'also' } & AlsoIn)
  | { kind: 'any'; conditions: Condition[] };

export interface Order {
  by: Measure | Column;
  descending: boolean;
}

/** A question that was understood: names are resolved, nothing is SQL yet. */
export interface Query {
  /** The table whose rows are counted, measured or listed. */
  from: Table;
  /** The columns of a list, or the ones that name a group; none stands for all, or for the group's label. */
  columns: Column[];
  measures: Measure[];
  /** Equal rows appear once. */
  distinct: boolean;
  groups: Group[];
  conditions: Condition[];
  having: { measure: Measure; operator: Comparison; value: number }[];
  order?: Order;
  limit: number;
}

export function isMeasure(by: Order['by']): by is Measure {
  return 'aggregate' in by;
}
