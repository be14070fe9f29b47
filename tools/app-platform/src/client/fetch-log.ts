import { startDeadline, systemClock } from '@odoobo/machine/time';
import type { Dispatcher } from 'undici';
import type { LogFrame } from '../follow/log-frame.js';
import type { LogsResponse } from '../spec/index.js';
import { followLog, type FollowLogOptions } from './follow-log.js';
import { LogError, withHost } from './log-error.js';

export interface FetchLogOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds; a live log never ends, so the text that arrived until then is the result. Default 10,000. */
  withinMs?: number;
  /** How many bytes of the end are kept; default 256 KiB. */
  tailBytes?: number;
}

/**
 * The end of the log at the addresses of `getLogs`: as it is archived, or else as much of the live log as arrives in time.
 * Empty without an address.
 * @throws Error when it cannot be read, naming the host but not the signed URL
 */
export async function fetchLog(
  dispatcher: Dispatcher,
  { historic_urls: historic = [], live_url: live }: LogsResponse,
  { signal, withinMs = 10_000, tailBytes = 256 * 1024 }: FetchLogOptions,
): Promise<string> {
  const deadline = startDeadline(systemClock, withinMs, signal);
  const addresses = historic.length > 0 ? { historic_urls: historic } : { live_url: live };
  let tail = Buffer.alloc(0);
  let cut = false;
  try {
    for await (const { text } of readLog(dispatcher, addresses, { signal: deadline.signal })) {
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

/**
 * The log at the addresses of `getLogs`, as it arrives: live until it ends; or, because that of an old deployment may have no
 * live address, as it is archived.
 * @throws Error when it cannot be read or breaks off, naming the host but not the signed URL; the signal's reason
 */
export async function* readLog(
  dispatcher: Dispatcher,
  { historic_urls: historic = [], live_url: live }: LogsResponse,
  options: FollowLogOptions,
): AsyncGenerator<LogFrame> {
  if (live) return yield* followLog(dispatcher, live, options);
  for (const url of historic) {
    const address = new URL(url);
    yield* withHost(body(dispatcher, address, options), address, options.signal);
  }
}

async function* body(
  dispatcher: Dispatcher,
  { origin, pathname, search }: URL,
  { signal }: FollowLogOptions,
): AsyncGenerator<LogFrame> {
  const reply = await dispatcher.request({ origin, path: pathname + search, method: 'GET', signal });
  if (reply.statusCode !== 200) {
    await reply.body.dump();
    throw new LogError(`answered ${reply.statusCode}`);
  }
  reply.body.setEncoding('utf8');
  for await (const text of reply.body) yield { text: text as string };
}
