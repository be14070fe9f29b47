import { startDeadline, systemClock } from '@odoobo/machine/time';
import type { Dispatcher } from 'undici';
import { followLog } from './follow-log.js';

export interface FetchLogOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds; a live log never ends, so the text that arrived until then is the result. Default 10,000. */
  withinMs?: number;
  /** How many bytes of the end are kept; default 256 KiB. */
  tailBytes?: number;
}

/** The end of a log as text, historic or live. @throws Error when it cannot be read, naming the host but not the signed URL */
export async function fetchLog(
  dispatcher: Dispatcher,
  url: string,
  { signal, withinMs = 10_000, tailBytes = 256 * 1024 }: FetchLogOptions,
): Promise<string> {
  const deadline = startDeadline(systemClock, withinMs, signal);
  let tail = Buffer.alloc(0);
  let cut = false;
  try {
    for await (const { text } of followLog(dispatcher, url, { signal: deadline.signal })) {
      const all = Buffer.concat([tail, Buffer.from(text)]);
      tail = all.subarray(-tailBytes);
      cut ||= tail.length < all.length;
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (!deadline.signal.aborted) throw error;
  } finally {
    deadline.clear();
  }
  // A cut line may contain a part of a secret, which the redactor would not recognize.
  return tail.toString('utf8', cut ? tail.indexOf('\n') + 1 : 0);
}
