import { parentPort } from 'node:worker_threads';
import { openFile, UnusableFile } from './open.js';
import { queryRows } from './rows.js';
import { readTables } from './tables.js';
import type { Reply, Task } from './task.js';

/** The whole life of a thread: a reply to each task, one after the other. */
export function runThread(): void {
  parentPort?.on('message', (task: Task) => {
    void work(task)
      .catch(replyOf)
      .then((reply) => parentPort?.postMessage(reply));
  });
}

async function work(task: Task): Promise<Reply> {
  const database = await openFile(task.file);
  try {
    if (task.kind === 'tables of file') return { kind: 'tables', tables: readTables(database) };
    const rows = queryRows(database, task.sql, task.maxBytes);
    return rows ? { kind: 'rows', rows } : { kind: 'too large' };
  } finally {
    database.close();
  }
}

function replyOf(error: unknown): Reply {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: error instanceof UnusableFile ? 'failed' : 'refused', message };
}
