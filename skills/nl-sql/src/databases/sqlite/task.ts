import type { Table } from '../../catalogue/database.js';
import type { Rows } from '../source.js';

/** What a thread is asked to do. */
export type Task = { kind: 'tables of file'; file: string } | QueryTask;

interface QueryTask {
  kind: 'query';
  file: string;
  sql: string;
  maxBytes: number;
}

/** What it answers. `refused` is SQLite's word about the SQL, `failed` one about the file. */
export type Reply =
  | { kind: 'tables'; tables: Table[] }
  | { kind: 'rows'; rows: Rows }
  | { kind: 'too large' }
  | { kind: 'refused'; message: string }
  | { kind: 'failed'; message: string };
