import type { Database, SqlValue } from 'sql.js';
import { type Column, type ForeignKey, kindOf, type Table } from '../../catalogue/database.js';

const tablesSql = `
SELECT name FROM pragma_table_list
WHERE schema = 'main' AND type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name LIMIT 500`;

/** 1 would be a hidden column of a virtual table; 2 and 3 are generated ones. */
const columns = 'SELECT name, type, pk FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid';

/** Keys of one column; without a "to" it is the primary key of the other table. */
const keys =
  'SELECT "from", "table", MAX("to") FROM pragma_foreign_key_list(?) GROUP BY id HAVING COUNT(*) = 1 ORDER BY id DESC';

/** What SQLite knows of its tables and views. */
export function readTables(database: Database): Table[] {
  const tables = select(database, tablesSql).map(([name]) => tableOf(database, String(name)));
  return tables.map((table) => ({ ...table, foreignKeys: table.foreignKeys.flatMap(withTarget(tables)) }));
}

function tableOf(database: Database, name: string): Table {
  const described = select(database, columns, name);
  const primary = described.filter(([, , pk]) => Number(pk) > 0);
  return {
    name,
    columns: described.map(([column, type]) => columnOf(name, String(column), String(type))),
    primaryKey: primary.length === 1 ? String(primary[0]?.[0]) : undefined,
    foreignKeys: select(database, keys, name).map(([column, table, references]) => ({
      column: String(column),
      table: String(table),
      references: references === null ? '' : String(references),
    })),
  };
}

function columnOf(table: string, name: string, type: string): Column {
  return { table, name, type, kind: kindOf(type) };
}

/** Spells the other table and its column as they were created: SQLite lets a key name them in any case. */
function withTarget(tables: Table[]): (key: ForeignKey) => ForeignKey[] {
  return (key) => {
    const target = tables.find(({ name }) => name.toLowerCase() === key.table.toLowerCase());
    const named = target?.columns.find(({ name }) => name.toLowerCase() === key.references.toLowerCase());
    const references = named?.name ?? target?.primaryKey;
    return target && references !== undefined ? [{ ...key, table: target.name, references }] : [];
  };
}

function select(database: Database, sql: string, ...values: string[]): SqlValue[][] {
  return database.exec(sql, values)[0]?.values ?? [];
}
