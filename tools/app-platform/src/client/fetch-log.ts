import type { Dispatcher } from 'undici';
import { startDeadline, systemClock } from '../clock.js';

export interface FetchLogOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds; a live log never ends, so what came until then is the answer. Default 10,000. */
  withinMs?: number;
  /** How much of the end is kept; default 256 KiB. */
  tailBytes?: number;
}

/**
 * The end of a log as text.
 * @throws Error when the server answers with another status than 200, naming host and status but not the signed URL
 */
export async function fetchLog(
  dispatcher: Dispatcher,
  url: string,
  { signal, withinMs = 10_000, tailBytes = 256 * 1024 }: FetchLogOptions,
): Promise<string> {
  const deadline = startDeadline(systemClock, withinMs, signal);
  let tail = Buffer.alloc(0);
  try {
    const { origin, pathname, search } = new URL(url);
    const reply = await dispatcher.request({
      origin,
      path: pathname + search,
      method: 'GET',
      signal: deadline.signal,
    });
    if (reply.statusCode !== 200) {
      await reply.body.dump();
      throw new Error(`the log at ${new URL(url).host} answered ${reply.statusCode}`);
    }
    for await (const chunk of reply.body) {
      tail = Buffer.concat([tail, chunk as Buffer]).subarray(-tailBytes);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (!deadline.signal.aborted) throw error;
  } finally {
    deadline.clear();
  }
  return tail.toString('utf8');
}
