import type { Database, SqlValue, Statement } from 'sql.js';
import type { Cell, Rows } from '../source.js';

/** The types of sql.js leave out the second argument, without which large integers lose their last digits. */
type ExactStatement = Statement & { get(values: null, how: { useBigInt: true }): (SqlValue | bigint)[] };

/** Runs a query that was checked; undefined when its rows take more than `maxBytes`. */
export function queryRows(database: Database, sql: string, maxBytes: number): Rows | undefined {
  const statement = database.prepare(sql) as ExactStatement;
  const rows: Cell[][] = [];
  let bytes = 0;
  while (statement.step()) {
    const row = statement.get(null, { useBigInt: true }).map(cellOf);
    bytes += JSON.stringify(row).length;
    if (bytes > maxBytes) return undefined;
    rows.push(row);
  }
  return { columns: statement.getColumnNames(), rows };
}

function cellOf(value: SqlValue | bigint): Cell {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : value;
}
