import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import initSqlJs, { type Database, type SqlJsStatic } from 'sql.js';
import { table } from '../../support/report.js';
import type { Service } from '../service.js';
import { askRival, rival } from './rival.js';

/** A question of Spider's development set, with the query that was published for it. */
interface Question {
  db_id: string;
  question: string;
  query: string;
}

/** A schema in Spider's `tables.json`: columns are pairs of a table's index and a name. */
interface Schema {
  db_id: string;
  table_names_original: string[];
  column_names_original: [table: number, name: string][];
  column_types: string[];
  primary_keys: number[];
  foreign_keys: [from: number, to: number][];
}

const types: Record<string, string> = { number: 'INTEGER', time: 'DATETIME', boolean: 'BOOLEAN' };

interface Counts {
  answered: number;
  run: number;
  same: number;
}

/**
 * The development questions of Spider (yale-lily.github.io/spider) by their schemas alone: how many are answered, and how many of the
 * answers return the rows of the published query. BENCH_SPIDER names the folder with `dev.json`, `tables.json` and, for the rows,
 * `database/<name>/*.sqlite`.
 * @param rivalFolder where the other tool is installed
 */
export async function measureSpider(
  service: Service,
  rivalFolder: string | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  const folder = process.env['BENCH_SPIDER'];
  if (folder === undefined)
    return [
      'Spider was not measured: BENCH_SPIDER may name the folder with its `dev.json` and `tables.json`.',
    ];
  const questions = await readJson<Question[]>(join(folder, 'dev.json'));
  const schemas = await readJson<Schema[]>(join(folder, 'tables.json'));
  const sql = await initSqlJs();
  const [own, theirs] = [counts(), counts()];
  for (const schema of schemas) {
    const asked = questions.filter(({ db_id }) => db_id === schema.db_id);
    if (asked.length === 0) continue;
    const written: (string | null)[] = [];
    for (const { question } of asked) written.push(await ask(service, question, ddlOf(schema)));
    const others = rivalFolder === undefined ? [] : await askOthers(rivalFolder, schema, asked, signal);
    await withDatabases(sql, join(folder, 'database', schema.db_id), (databases) => {
      count(own, databases, asked, written);
      count(theirs, databases, asked, others);
    });
  }
  const row = (name: string, { answered, run, same }: Counts) => [
    name,
    `${answered} of ${questions.length}`,
    `${((answered / questions.length) * 100).toFixed(1)} %`,
    run === 0 ? '-' : `${same} of ${run}`,
  ];
  return [
    table(
      ['Spider', 'answered', 'share', 'rows as published'],
      [
        row('nl-sql, templates', own),
        ...(rivalFolder === undefined ? [] : [row(`${rival.name} ${rival.version}`, theirs)]),
      ],
    ),
    '',
    'Rows are compared on each database that is there, rows and columns in any order. Those of nl-sql that differ have been read: what they are is in its README.',
  ];
}

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8')) as T;
}

function counts(): Counts {
  return { answered: 0, run: 0, same: 0 };
}

async function ask({ invoke }: Service, question: string, schema: string): Promise<string | null> {
  const asked = { question, schema, dialect: 'sqlite', engine: 'templates', limit: 1000 };
  const { output, error } = await invoke<{ sql: string }>(asked);
  if (output) return output.sql;
  if (error?.code === 'question_not_understood') return null;
  throw new Error(`nl-sql failed on "${question}": ${error?.message}`);
}

function ddlOf(schema: Schema): string {
  const { table_names_original: tables, column_names_original: columns } = schema;
  const nameOf = (index: number) => quote(columns[index]?.[1] ?? '');
  return tables
    .map((name, index) => {
      const own = columns.flatMap(([of], column) => (of === index ? [column] : []));
      const key = keyOf(own, schema).map(nameOf);
      const parts = [
        ...own.map((column) => `${nameOf(column)} ${types[schema.column_types[column] ?? ''] ?? 'TEXT'}`),
        ...(key.length > 0 ? [`PRIMARY KEY (${key.join(', ')})`] : []),
        ...schema.foreign_keys
          .filter(([from]) => own.includes(from))
          .map(
            ([from, to]) =>
              `FOREIGN KEY (${nameOf(from)}) REFERENCES ${quote(tables[columns[to]?.[0] ?? 0] ?? '')} (${nameOf(to)})`,
          ),
      ];
      return `CREATE TABLE ${quote(name)} (${parts.join(', ')});`;
    })
    .join('\n');
}

/** Spider names the first column only of a key of several, as tables have that refer to two others. */
function keyOf(own: number[], { primary_keys: keys, foreign_keys: references }: Schema): number[] {
  const key = own.filter((column) => keys.includes(column));
  const referring = own.filter((column) => references.some(([from]) => from === column));
  return key[0] !== undefined && referring.includes(key[0]) && referring.length > 1 ? referring : key;
}

function quote(name: string): string {
  return `"${name}"`;
}

async function askOthers(folder: string, schema: Schema, asked: Question[], signal: AbortSignal) {
  const columns = schema.column_names_original;
  const tables = schema.table_names_original.map((name, index) => [
    name,
    columns.flatMap(([of, column]) => (of === index ? [column] : [])),
  ]);
  const questions = asked.map(({ question }) => question);
  return askRival(
    folder,
    { tables: Object.fromEntries(tables) as Record<string, string[]>, questions },
    signal,
  );
}

async function withDatabases(
  sql: SqlJsStatic,
  folder: string,
  use: (databases: Database[]) => void,
): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.sqlite'));
  const databases: Database[] = [];
  try {
    for (const name of names) databases.push(new sql.Database(await readFile(join(folder, name))));
    use(databases);
  } finally {
    for (const database of databases) database.close();
  }
}

function count(counts: Counts, databases: Database[], asked: Question[], written: (string | null)[]): void {
  for (const [index, { query }] of asked.entries()) {
    const own = written[index];
    if (typeof own !== 'string') continue;
    counts.answered++;
    if (databases.length === 0) continue;
    counts.run++;
    if (databases.every((database) => rowsOf(database, query) === rowsOf(database, own))) counts.same++;
  }
}

/** The rows as one text, or why there are none. */
function rowsOf(database: Database, sql: string): string {
  try {
    const rows = database.exec(sql)[0]?.values ?? [];
    return rows
      .map((row) => JSON.stringify(row.map(String).sort()))
      .sort()
      .join('\n');
  } catch (error) {
    return String(error);
  }
}
