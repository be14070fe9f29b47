import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

interface Turn {
  request: IncomingMessage;
  response: ServerResponse;
  start: () => void;
}

/** What came in on one connection. */
interface Line {
  last: Turn | undefined;
  current: Turn | undefined;
  waiting: Turn[];
  /** When nothing waits any more; node:http reads no further. */
  afterwards: (() => void) | undefined;
}

/** How many requests may wait before the client has to. */
const mostWaiting = 16;

/**
 * Handles the requests that a client sends on one connection without waiting for answers one after another. RFC 9112 section
 * 9.3.2 requires it for unsafe ones. Safe ones need not wait, but do: clients in use today send none that way.
 */
export class Turns {
  readonly #lines = new WeakMap<Duplex, Line>();

  /** Starts a request when all before it on its connection are answered; never if the client is gone by then. */
  take(request: IncomingMessage, response: ServerResponse, start: () => void): void {
    const line = this.#lineOf(request.socket);
    const turn = { request, response, start };
    line.last = turn;
    if (!line.current) return this.#begin(line, turn);
    line.waiting.push(turn);
    if (line.waiting.length === mostWaiting) request.socket.pause();
  }

  /** Runs work on a connection that node:http has released, when all requests before on it are answered. */
  afterAll(socket: Duplex, work: () => void): void {
    const line = this.#lineOf(socket);
    if (!line.current) return work();
    // Nothing else informs an answer that waits for its reader that there is room again.
    socket.on('drain', () => line.current?.response.emit('drain'));
    line.afterwards = work;
  }

  /**
   * The rest of what came on a connection cannot be read. `work` closes it: at once if it was the body of a request that had
   * its turn, else when all before are answered.
   * @param work `answered` is whether the client has had an answer to what cannot be read, or a part of one
   */
  breakOff(socket: Duplex, work: (answered: boolean) => void): void {
    const line = this.#lineOf(socket);
    const { last, current, waiting } = line;
    if (line.afterwards) return;
    const isInside = last?.request.complete === false;
    if (isInside && waiting.at(-1) === last) waiting.pop();
    else if (isInside || !current) return work(isInside && last.response.headersSent);
    line.afterwards = () => work(false);
  }

  #lineOf(socket: Duplex): Line {
    const known = this.#lines.get(socket);
    if (known) return known;
    const line = { last: undefined, current: undefined, waiting: [], afterwards: undefined };
    this.#lines.set(socket, line);
    return line;
  }

  #begin(line: Line, turn: Turn): void {
    line.current = turn;
    turn.response.on('close', () => this.#next(line, turn.request.socket));
    turn.start();
  }

  #next(line: Line, socket: Duplex): void {
    line.current = undefined;
    if (socket.destroyed) return;
    const next = line.waiting.shift();
    if (!next) return this.#end(line);
    if (line.waiting.length === 0) socket.resume();
    this.#begin(line, next);
  }

  #end(line: Line): void {
    const { afterwards } = line;
    line.afterwards = undefined;
    afterwards?.();
  }
}
