import type { Readable, Writable } from 'node:stream';

/**
 * Calls `onMessage` with each object that arrives as a line of JSON, and cuts off a sender of anything else. Does not use
 * readline, which breaks lines at U+2028 too.
 */
export function readMessages<T extends object>(stream: Readable, onMessage: (message: T) => void): void {
  let begun = '';
  stream.setEncoding('utf8').on('data', (text) => {
    const lines = `${begun}${text}`.split('\n');
    begun = lines.pop() ?? '';
    try {
      for (const line of lines) onMessage(parse(line) as T);
    } catch (error) {
      stream.destroy(error as Error);
    }
  });
}

function parse(line: string): object {
  const message: unknown = JSON.parse(line);
  if (typeof message === 'object' && message !== null) return message;
  throw new Error('Not a message: it is JSON, but not an object.');
}

/** Does nothing if the receiver is gone. */
export function writeMessage(stream: Writable, message: object): void {
  if (stream.writable) stream.write(`${JSON.stringify(message)}\n`);
}
