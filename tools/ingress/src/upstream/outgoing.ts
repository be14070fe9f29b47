import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** A request as it goes to a service. */
export interface Outgoing {
  method: string;
  /** From the request line to the last header, each with its CR LF, one character a byte. */
  head: string;
  /** The client's request, where it has a body. */
  body: IncomingMessage | undefined;
  /** Called with each part of the body. */
  onBody?: ((data: Buffer) => void) | undefined;
}

/** How much of a body is sent in one write with the head. */
const together = 16 * 1024;

/** Sends a head and a body as it comes from the client, as slowly as the service reads it. */
export class BodySender {
  /** When the last of the body was sent, on the clock of `performance.now()`; none before. */
  sentAt: number | undefined;
  #head: string;
  readonly #chunked: boolean;

  constructor(
    private readonly socket: Socket,
    head: string,
    private readonly body: IncomingMessage,
    private readonly onBody: Outgoing['onBody'],
  ) {
    this.#head = head;
    this.#chunked = body.headers['transfer-encoding'] !== undefined;
    body.on('data', this.#onData).on('end', this.#onEnd);
    // What came right after the head is handed over first; the service need not wait for more.
    process.nextTick(() => this.#write(''));
  }

  /** Sends no more; skips what the client still sends. */
  stop(): void {
    if (this.sentAt !== undefined) return;
    this.body.off('data', this.#onData).off('end', this.#onEnd);
    this.socket.off('drain', this.#onDrain);
    this.#head = '';
    this.body.resume();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.onBody?.(chunk);
    const taken = this.#chunked ? this.#write(chunkOf(chunk)) : this.#write(chunk);
    if (taken) return;
    this.body.pause();
    this.socket.once('drain', this.#onDrain);
  };

  readonly #onDrain = (): void => {
    this.body.resume();
  };

  readonly #onEnd = (): void => {
    this.#write(this.#chunked ? '0\r\n\r\n' : '');
    this.sentAt = performance.now();
  };

  #write(data: Buffer | string): boolean {
    const head = this.#head;
    this.#head = '';
    if (data.length === 0) return head === '' || this.socket.write(head, 'latin1');
    if (typeof data === 'string') return this.socket.write(head + data, 'latin1');
    if (head === '') return this.socket.write(data);
    if (data.length <= together) return this.socket.write(head + data.toString('latin1'), 'latin1');
    this.socket.write(head, 'latin1');
    return this.socket.write(data);
  }
}

function chunkOf(data: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]);
}
