import { readFile, stat } from 'node:fs/promises';
import type { Database, SqlJsStatic } from 'sql.js';

/** The file cannot be used; the message says why, and is meant for the log. */
export class UnusableFile extends Error {
  override name = 'UnusableFile';
}

/** The copy in memory has to fit the smallest instance twice. */
const maxFileBytes = 64 * 1024 * 1024;

/** What SQLite itself may take for sorting and caching. https://www.sqlite.org/pragma.html#pragma_hard_heap_limit */
const maxHeapBytes = 32 * 1024 * 1024;

/**
 * A copy of a file in memory, so that nothing can change the file itself; `query_only` keeps the copy as it was read.
 * @throws UnusableFile when it is no database, too large, or being written
 */
export async function openFile(file: string): Promise<Database> {
  try {
    const { size } = await stat(file);
    if (size > maxFileBytes) throw new UnusableFile(`${file} is larger than ${maxFileBytes} bytes.`);
    await refuseUnfinishedWrites(file);
    const database = await open(withoutWal(await readFile(file)));
    try {
      database.run('PRAGMA query_only = ON; PRAGMA trusted_schema = OFF');
      database.exec('SELECT COUNT(*) FROM sqlite_schema');
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (cause) {
    if (cause instanceof UnusableFile) throw cause;
    throw new UnusableFile(`${file} cannot be read as a SQLite database: ${String(cause)}`, { cause });
  }
}

/** SQLite, compiled once in the life of a thread. */
let sqlite: Promise<SqlJsStatic> | undefined;

async function load(): Promise<SqlJsStatic> {
  const { default: initSqlJs } = await import('sql.js/dist/sql-wasm-inline.js');
  return initSqlJs();
}

async function open(bytes?: Uint8Array): Promise<Database> {
  const { Database } = await (sqlite ??= load());
  const database = new Database(bytes);
  database.run(`PRAGMA hard_heap_limit = ${maxHeapBytes}`);
  return database;
}

/** Pending changes lie beside the file: https://www.sqlite.org/tempfiles.html */
async function refuseUnfinishedWrites(file: string): Promise<void> {
  for (const suffix of ['-wal', '-journal']) {
    const size = await stat(file + suffix).then(
      (found) => found.size,
      () => 0,
    );
    if (size > 0)
      throw new UnusableFile(`${file}${suffix} contains changes: use a copy made with ".backup".`);
  }
}

/**
 * A database that was left in WAL mode says so in two bytes, and cannot be opened where no memory is shared; without a
 * WAL it differs in nothing else. https://www.sqlite.org/fileformat.html#file_format_version_numbers
 */
function withoutWal(bytes: Buffer): Buffer {
  if (bytes[18] === 2 && bytes[19] === 2) bytes.fill(1, 18, 20);
  return bytes;
}
