import { kindOf, type Table } from '../../catalogue/database.js';
import type { Cell } from '../source.js';

/**
 * Columns that the user may read, of tables and views of the database: a line of the information schema says what may be done with it.
 * https://dev.mysql.com/doc/refman/8.4/en/information-schema-columns-table.html
 */
export const columnsSql = `
SELECT table_name, column_name, column_type FROM information_schema.columns
WHERE table_schema = DATABASE() AND LOWER(privileges) LIKE '%select%'
ORDER BY table_name, ordinal_position LIMIT 20000`;

/** Keys of one column; a key without another table is a primary one. */
export const keysSql = `
SELECT table_name, MIN(column_name), MIN(referenced_table_name), MIN(referenced_column_name)
FROM information_schema.key_column_usage
WHERE table_schema = DATABASE() AND (constraint_name = 'PRIMARY' OR referenced_table_schema = DATABASE())
GROUP BY table_name, constraint_name HAVING COUNT(*) = 1
ORDER BY table_name, constraint_name LIMIT 20000`;

const maxTables = 500;

/** Tables from the rows of `columnsSql` and `keysSql`. */
export function tablesOf(columns: Cell[][], keys: Cell[][]): Table[] {
  const tables = new Map<string, Table>();
  for (const [table, column, type] of columns.map(texts)) {
    const known = tables.get(table) ?? { name: table, columns: [], primaryKey: undefined, foreignKeys: [] };
    known.columns.push({ table, name: column, type: type.slice(0, 100), kind: kindOf(type) });
    if (tables.size < maxTables || tables.has(table)) tables.set(table, known);
  }
  for (const [table, column, target, references] of keys.map(texts))
    addKey(tables.get(table), column, target, references);
  return [...tables.values()];
}

function addKey(table: Table | undefined, column: string, target: string, references: string): void {
  if (!table?.columns.some(({ name }) => name === column)) return;
  if (target === '') table.primaryKey = column;
  else table.foreignKeys.push({ column, table: target, references });
}

function texts([first, second, third, fourth]: Cell[]): [string, string, string, string] {
  return [String(first), String(second), String(third ?? ''), String(fourth ?? '')];
}
