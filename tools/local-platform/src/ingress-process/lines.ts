import type { Socket } from 'node:net';

/**
 * Calls `onMessage` with each line of JSON that comes in; whoever sends something else is cut off. Not by readline, which
 * breaks lines at U+2028 too.
 */
export function readMessages<T>(socket: Socket, onMessage: (message: T) => void): void {
  let begun = '';
  socket.setEncoding('utf8').on('data', (text) => {
    const lines = `${begun}${text}`.split('\n');
    begun = lines.pop() ?? '';
    try {
      for (const line of lines) onMessage(JSON.parse(line) as T);
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
}

/** To one that is gone it goes nowhere. */
export function writeMessage(socket: Socket, message: object): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}
