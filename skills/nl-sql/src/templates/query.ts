import type { Column, Table } from '../catalogue/database.js';

export type Aggregate = 'count' | 'sum' | 'avg' | 'min' | 'max';

/** What is computed; a count without a column counts rows. */
export interface Measure {
  aggregate: Aggregate;
  column?: Column;
}

export type Period = 'day' | 'month' | 'year';

/** What rows are put together by: a column, a row of another table, or a stretch of time. */
export type Group =
  | { by: 'column'; column: Column }
  | { by: 'entity'; table: Table }
  | { by: 'period'; period: Period; column: Column };

export type Operator = '=' | '<>' | '>' | '>=' | '<' | '<=' | 'contains' | 'starts with';

export interface Filter {
  column: Column;
  operator: Operator;
  value: string | number | boolean;
}

/** A question that was understood: names are resolved, nothing is SQL yet. */
export interface Query {
  /** The table whose rows are counted, measured or listed. */
  from: Table;
  columns: Column[];
  measure?: Measure;
  groups: Group[];
  filters: Filter[];
  order?: { by: 'measure' | Column; descending: boolean };
  limit: number;
}
