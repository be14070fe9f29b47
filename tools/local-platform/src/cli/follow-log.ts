import type { LogFrame, LogStart } from '@odoobo/app-platform/follow';
import { once } from 'node:events';
import { createWebSocketStream, WebSocket } from 'ws';

/** The close code of a log that is at its end. */
const normal = 1000;

/**
 * Reads a live log until it ends, with back-pressure and without a time limit: a log may be silent for hours.
 * @throws Error when the connection is lost
 */
export async function* liveLog(
  url: string,
  { position }: LogStart,
  signal: AbortSignal,
): AsyncGenerator<LogFrame> {
  const address = new URL(url);
  if (position !== undefined) address.searchParams.set('position', position);
  const socket = new WebSocket(address);
  const closed = once(socket, 'close') as Promise<[code: number]>;
  const frames = createWebSocketStream(socket, { readableObjectMode: true, signal });
  try {
    for await (const frame of frames) yield frameOf(frame as Buffer | string);
  } finally {
    frames.destroy();
  }
  const [code] = await closed;
  if (code !== normal)
    throw new Error(`The server closed the connection before the end of the log (close code ${code}).`);
}

function frameOf(frame: Buffer | string): LogFrame {
  const { data: text, position } = JSON.parse(frame.toString()) as { data: string; position?: string };
  return { text, position };
}
