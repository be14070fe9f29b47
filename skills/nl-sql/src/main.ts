import { isMainThread } from 'node:worker_threads';

// SQLite runs in threads of this same file. Each side loads its own half, so that a thread starts fast.
if (isMainThread) {
  const { serve } = await import('./serve.js');
  await serve(new URL(import.meta.url));
} else {
  const { runThread } = await import('./databases/sqlite/thread.js');
  runThread();
}
