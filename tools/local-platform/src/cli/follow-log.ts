import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { Transform, type Writable } from 'node:stream';
import { createWebSocketStream, WebSocket } from 'ws';

/** The close code of a log that is at its end. */
const normal = 1000;

/**
 * Prints a live log, each text as `show` has it, until it ends; no faster than `output` takes it. Without a time limit: a log may be silent for hours.
 * @throws Error when it breaks off
 */
export async function followLog(
  url: string,
  show: (text: string) => string,
  output: Writable,
): Promise<void> {
  const socket = new WebSocket(url);
  const closed = once(socket, 'close') as Promise<[code: number]>;
  const frames = createWebSocketStream(socket, { readableObjectMode: true });
  try {
    await pipeline(frames, text(show), output, { end: false });
  } catch (cause) {
    // Whoever reads, such as `head`, may have enough before the end.
    if ((cause as NodeJS.ErrnoException).code === 'EPIPE') return;
    throw new Error('The log could not be followed.', { cause });
  } finally {
    frames.destroy();
  }
  const [code] = await closed;
  if (code !== normal) throw new Error(`The server ended before the log did (close code ${code}).`);
}

/** Frames to the lines that they carry. */
function text(show: (text: string) => string): Transform {
  return new Transform({
    writableObjectMode: true,
    transform(frame: Buffer | string, _encoding, done) {
      done(null, show((JSON.parse(frame.toString()) as { data: string }).data));
    },
  });
}
