import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';
import { afterwards, eventually } from './platform.test.helper.js';

/** A client of a live log, as the official CLI is one. */
export interface LiveLog {
  readonly socket: WebSocket;
  /** The `data` of the frames so far. */
  readonly lines: string[];
  readonly opened: Promise<unknown>;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  /** Resolves when a line contains the text. */
  sees(text: string): Promise<string>;
}

/** Opens a live log; it is closed after the test. */
export function openLiveLog(url: string, options: ClientOptions = {}): LiveLog {
  const socket = new WebSocket(url, options);
  afterwards(async () => socket.terminate());
  const lines: string[] = [];
  socket.on('message', (frame: Buffer) =>
    lines.push((JSON.parse(frame.toString()) as { data: string }).data),
  );
  socket.on('error', () => undefined);
  const opened = once(socket, 'open');
  // A test that does not wait for it must not fail twice.
  opened.catch(() => undefined);
  const closed = once(socket, 'close').then(([code]) => code as number);
  return {
    socket,
    lines,
    opened,
    closed,
    sees: (text) => eventually(() => lines.find((line) => line.includes(text))),
  };
}

/** The status with which a WebSocket is refused. */
export async function refusal(url: string, options: ClientOptions = {}): Promise<number | undefined> {
  const socket = new WebSocket(url, options);
  socket.on('error', () => undefined);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode?: number }];
  socket.terminate();
  return response.statusCode;
}
