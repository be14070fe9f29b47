import { on } from 'node:events';
import type { Dispatcher } from 'undici';
import * as z from 'zod';
import type { LogFrame } from '../follow/log-frame.js';

export interface FollowLogOptions {
  signal?: AbortSignal | undefined;
  /** Bytes that may wait for a slow reader; more is an error, because a WebSocket cannot be paused. Default 16 MiB. */
  maxWaitingBytes?: number;
}

/** The close code of a log that has ended (RFC 6455, 7.4.1). */
const normal = 1000;

/**
 * A frame of a live log, such as `{"data": "web 2026-01-31T12:00:00Z listening\n"}`: the official CLI's `doctl apps logs`.
 * Only the local platform sends `position`.
 */
const frameSchema = z.looseObject({ data: z.string(), position: z.string().optional() });

/**
 * The text of a live log, as it arrives, until it ends. Live logs are WebSockets; the document allows https, too.
 * @throws Error when it cannot be opened or breaks off, naming the host but not the signed URL; the signal's reason
 */
export async function* followLog(
  dispatcher: Dispatcher,
  url: string,
  options: FollowLogOptions,
): AsyncGenerator<LogFrame> {
  const { protocol, host } = new URL(url);
  try {
    if (protocol === 'ws:' || protocol === 'wss:') yield* frames(dispatcher, url, options);
    else for await (const text of body(dispatcher, url, options)) yield { text };
  } catch (cause) {
    options.signal?.throwIfAborted();
    throw new Error(
      `the log at ${host} ${cause instanceof LogError ? cause.message : 'ended unexpectedly'}`,
      {
        cause,
      },
    );
  }
}

class LogError extends Error {
  override readonly name = 'LogError';
}

async function* frames(
  dispatcher: Dispatcher,
  url: string,
  { signal, maxWaitingBytes = 16 * 1024 * 1024 }: FollowLogOptions,
): AsyncGenerator<LogFrame> {
  // Imported only here: a deploy that follows no log does not need all of undici.
  const { WebSocket } = await import('undici');
  const socket = new WebSocket(url, { dispatcher });
  let waiting = 0;
  let ended: number | undefined;
  socket.addEventListener('close', ({ code }) => (ended = code));
  socket.addEventListener('message', ({ data }) => {
    waiting += sizeOf(data);
    if (waiting > maxWaitingBytes) socket.close();
  });
  try {
    const messages = on(socket, 'message', { close: ['close'], ...(signal && { signal }) });
    for await (const [{ data }] of messages as AsyncIterable<[{ data: unknown }]>) {
      if (waiting > maxWaitingBytes)
        throw new LogError(`was sent faster than it was read: ${waiting} bytes are waiting`);
      waiting -= sizeOf(data);
      yield frameOf(data);
    }
    if (ended !== normal) throw new LogError(`was interrupted or could not be opened (close code ${ended})`);
  } finally {
    socket.close();
  }
}

function sizeOf(data: unknown): number {
  return typeof data === 'string' ? data.length : 0;
}

/** An empty text for a frame without text. */
function frameOf(data: unknown): LogFrame {
  if (typeof data !== 'string') return { text: '' };
  try {
    const { data: text, position } = frameSchema.parse(JSON.parse(data));
    return { text, position };
  } catch (cause) {
    throw new LogError('sent a frame that is not {"data": "..."}', { cause });
  }
}

async function* body(
  dispatcher: Dispatcher,
  url: string,
  { signal }: FollowLogOptions,
): AsyncGenerator<string> {
  const { origin, pathname, search } = new URL(url);
  const reply = await dispatcher.request({
    origin,
    path: pathname + search,
    method: 'GET',
    // A log may be silent for any time.
    bodyTimeout: 0,
    signal,
  });
  if (reply.statusCode !== 200) {
    await reply.body.dump();
    throw new LogError(`answered ${reply.statusCode}`);
  }
  reply.body.setEncoding('utf8');
  for await (const text of reply.body) yield text as string;
}
