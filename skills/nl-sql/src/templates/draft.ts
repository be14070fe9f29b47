import type { Table } from '../catalogue/database.js';
import type { Head } from './head.js';
import type { Item } from './items.js';
import type { Condition, Group, Order, Query } from './query.js';

/** A question that is being read: names are resolved, but not yet which table the query starts from. */
export interface Draft {
  readonly head: Head;
  /** The table that the conditions are about. */
  readonly subject: Table;
  items: Item[];
  /** True once the subject's table was named. */
  isNamed: boolean;
  distinct: boolean;
  groups: Group[];
  conditions: Condition[];
  having: Query['having'];
  order?: Order;
  /** The rows of this table, counted, are what the order is by. */
  orderCount?: { table: Table; descending: boolean };
  /** How many rows of this table a group has to have. */
  havingCount?: { table: Table };
  limit?: number;
}

export function draftOf(head: Head): Draft {
  const { subject, items, distinct, groups, order, orderCount, limit } = head;
  return {
    head,
    subject,
    items: [...items],
    isNamed: head.isNamed,
    distinct,
    groups: [...groups],
    conditions: [],
    having: [],
    ...(order && { order }),
    ...(orderCount && { orderCount }),
    ...(limit !== undefined && { limit }),
  };
}
