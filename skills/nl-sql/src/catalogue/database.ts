export type Dialect = 'postgresql' | 'sqlite' | 'mysql';

export type Kind = 'number' | 'date' | 'text' | 'boolean' | 'other';

export interface Column {
  table: string;
  name: string;
  /** The declared type, such as "numeric(10,2)"; empty where SQLite has none. */
  type: string;
  kind: Kind;
}

export interface ForeignKey {
  column: string;
  table: string;
  references: string;
}

export interface Table {
  name: string;
  columns: Column[];
  primaryKey: string | undefined;
  foreignKeys: ForeignKey[];
}

/** The tables that may be read, by name. */
export type Database = Map<string, Table>;

/** A foreign key to a table that is not among them leads nowhere, so it is left out. */
export function toDatabase(tables: Table[]): Database {
  const known = new Set(tables.map(({ name }) => name));
  return new Map(
    tables.map((table) => [
      table.name,
      { ...table, foreignKeys: table.foreignKeys.filter((key) => known.has(key.table)) },
    ]),
  );
}

const kinds: [RegExp, Kind][] = [
  [
    /^(?:small|medium|tiny|big)?(?:int|serial)|^integer|^numeric|^decimal|^real|^double|^float|^money/,
    'number',
  ],
  [/^date|^timestamp/, 'date'],
  [/^year/, 'number'],
  [/char|text|clob|^uuid|^enum\(/, 'text'],
  [/^bool/, 'boolean'],
];

/** What a declared type can be compared with and added up as. */
export function kindOf(type: string): Kind {
  if (type.endsWith('[]')) return 'other';
  return kinds.find(([pattern]) => pattern.test(type.toLowerCase()))?.[1] ?? 'other';
}

/** The column that people know a row by. */
export function labelOf(table: Table): Column | undefined {
  const labels = ['name', 'title', 'label', 'display_name', 'full_name', ...ownNames(table), 'email', 'code'];
  const found = [...labels, table.primaryKey?.toLowerCase()]
    .map((label) => table.columns.find(({ name }) => name.toLowerCase() === label))
    .find(Boolean);
  return found ?? table.columns[0];
}

/** `customer_name` of customers, and `continent` of continents. */
function ownNames({ name, columns }: Table): string[] {
  const own = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return columns
    .map((column) => column.name.toLowerCase())
    .filter((column) => {
      const [start = '', end] = [column.replace(/_?(?:name|title)$/, ''), /(?:name|title)$/.exec(column)];
      const key = start.replace(/[^a-z0-9]/g, '');
      const isOwn = [own, own.replace(/s$/, ''), own.replace(/ies$/, 'y')].includes(key);
      return isOwn && (end !== null || key === column);
    });
}
