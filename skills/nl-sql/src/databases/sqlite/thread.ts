import { parentPort, workerData } from 'node:worker_threads';
import { openFile, UnusableFile } from './open.js';
import { queryRows } from './rows.js';
import { readTables } from './tables.js';
import type { Reply, Task } from './task.js';

/** The whole life of a thread: one task, one reply. */
export async function runThread(): Promise<void> {
  const reply = await work(workerData as Task).catch(replyOf);
  parentPort?.postMessage(reply);
}

async function work(task: Task): Promise<Reply> {
  const database = await openFile(task.file);
  if (task.kind === 'tables of file') return { kind: 'tables', tables: readTables(database) };
  const rows = queryRows(database, task.sql, task.maxBytes);
  return rows ? { kind: 'rows', rows } : { kind: 'too large' };
}

function replyOf(error: unknown): Reply {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: error instanceof UnusableFile ? 'failed' : 'refused', message };
}
