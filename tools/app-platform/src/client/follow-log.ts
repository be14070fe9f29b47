import { on } from 'node:events';
import type { Dispatcher } from 'undici';
import * as z from 'zod';
import type { LogFrame } from '../follow/log-frame.js';
import { LogError, withHost } from './log-error.js';

export interface FollowLogOptions {
  signal?: AbortSignal | undefined;
  /** Bytes that may wait for a slow reader; more is an error, because a WebSocket cannot be paused. Default 16 MiB. */
  maxWaitingBytes?: number;
  /** The last position that was received before an interruption: the log continues after it. */
  position?: string | undefined;
}

/** The close code of a log that has ended (RFC 6455, 7.4.1). */
const normal = 1000;

/**
 * A frame of a live log, such as `{"data": "web 2026-01-31T12:00:00Z listening\n"}`: the official CLI's `doctl apps logs`.
 * Only the local platform sends `position`.
 */
const frameSchema = z.looseObject({ data: z.string(), position: z.string().optional() });

/**
 * The text of a live log, as it arrives, until it ends. `live_url` is https or wss by the official document, and a WebSocket
 * either way: the official CLI (commands/apps.go) opens it as one, because the plain body over https is buffered on its way.
 * @throws Error when it cannot be opened or breaks off, naming the host but not the signed URL; the signal's reason
 */
export function followLog(
  dispatcher: Dispatcher,
  url: string,
  { position, ...options }: FollowLogOptions,
): AsyncGenerator<LogFrame> {
  const address = new URL(url);
  if (address.protocol === 'https:') address.protocol = 'wss:';
  if (address.protocol === 'http:') address.protocol = 'ws:';
  if (position !== undefined) address.searchParams.set('position', position);
  return withHost(frames(dispatcher, address, options), address, options.signal);
}

async function* frames(
  dispatcher: Dispatcher,
  address: URL,
  { signal, maxWaitingBytes = 16 * 1024 * 1024 }: FollowLogOptions,
): AsyncGenerator<LogFrame> {
  // Imported only here: a deploy that follows no log does not need all of undici.
  const { WebSocket } = await import('undici');
  const socket = new WebSocket(address, { dispatcher });
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
