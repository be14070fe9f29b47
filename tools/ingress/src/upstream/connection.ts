import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { type BodyReader, bodyReader } from './body-reader.js';
import { NoAnswer } from './no-answer.js';
import { BodySender, type Outgoing } from './outgoing.js';
import { type AnswerHead, parseHead, type ResponseHead } from './response-head.js';

/**
 * The result of a request: a head, data and an end, or a head and a whole body; or an error at any time. Data is only lent:
 * what is kept of it must be copied.
 */
export interface AnswerHandler {
  /** A 1xx response before the head: 103, say. */
  onInterim(head: AnswerHead): void;
  onHead(head: AnswerHead): void;
  onData(data: Buffer): void;
  /** The whole body, and the end. */
  onWhole(data: Buffer): void;
  /** No more data is there for the moment. */
  onPause(): void;
  onEnd(): void;
  onError(error: NoAnswer): void;
}

/** A request that was sent, until its answer has ended. */
export interface Sent {
  /** Makes the service wait. */
  pause(): void;
  resume(): void;
  /** Ends it: it gets no answer, or not all of it. */
  cut(): void;
}

/** The owner of the connections of a service. */
export interface Keeper {
  onIdle(connection: Connection): void;
  onClose(connection: Connection, byService: boolean): void;
}

/** The longest head, the same as node:http's for a request. */
const longestHead = 16 * 1024;

/** On loopback a connection takes this long only to a service whose queue of new ones is full. */
const connectMs = 10_000;

/** How long a service may take to begin an answer. */
export const answerMs = 300_000;

/**
 * All connections read into it, one after the other, and copy what they keep: Node.js else allocates as much for each read,
 * however short, and passes it through a stream.
 */
const readInto = Buffer.allocUnsafeSlow(64 * 1024);

const emptyLine = Buffer.from('\r\n\r\n');

/** A connection to a service, which takes one request after another. */
export class Connection implements Sent {
  /** When the last request was sent, on the clock of `performance.now()`. */
  sentAt = 0;
  /** When the last answer ended. */
  idleSince = 0;
  /** How long the service says that it keeps the connection after an answer, in milliseconds; 0 where it does not. */
  promisedMs = 0;
  readonly #socket: Socket;
  readonly #keeper: Keeper;
  #connected = false;
  #closed = false;
  /** How many bytes had arrived at the last check for silence. */
  #readBefore: number | undefined;
  #outgoing: Outgoing | undefined;
  #sender: BodySender | undefined;
  #handler: AnswerHandler | undefined;
  #last = false;
  #head: ResponseHead | undefined;
  #body: BodyReader | undefined;
  /** The beginning of a head. */
  #unread: Buffer | undefined;

  constructor({ port, host }: { port: number; host: string }, keeper: Keeper) {
    this.#keeper = keeper;
    this.#socket = new PatientSocket({ buffer: readInto, callback: (bytes) => this.#take(bytes) });
    const giveUp = (): void => this.#fail('not connected', `no connection in ${connectMs / 1000} s`);
    this.#socket
      .setNoDelay(true)
      .setTimeout(connectMs, giveUp)
      .on('end', () => this.#onEnd())
      .on('error', (error) => this.#onError(error))
      .on('close', () => this.#fail('broken', 'the connection was closed'))
      .connect(port, host, () => {
        this.#socket.setTimeout(0, giveUp).off('timeout', giveUp);
        this.#connected = true;
        this.#begin();
      });
  }

  /** Whether it can take a request. */
  get idle(): boolean {
    return this.#handler === undefined && !this.#closed;
  }

  /** Sends a request, as soon as it is connected. `last`: no other will follow. */
  send(outgoing: Outgoing, handler: AnswerHandler, last: boolean): void {
    this.#outgoing = outgoing;
    this.#handler = handler;
    this.#last = last;
    this.sentAt = performance.now();
    if (this.#connected) this.#begin();
  }

  /** Makes the service wait. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends it; a request in progress gets no answer, or not all of it. */
  cut(): void {
    this.#fail(this.#connected ? 'cut' : 'not connected', 'the ingress cut it');
  }

  /** Ends it when its service has taken too long to begin an answer. */
  expire(now: number): void {
    if (this.idle || this.#head) return;
    const sentAt = this.#sender ? this.#sender.sentAt : this.sentAt;
    if (sentAt !== undefined && now - sentAt > answerMs) {
      this.#fail('too late', `no answer in ${answerMs / 1000} s`);
    }
  }

  /** Whether nothing arrived since the last check, although nothing made the service wait. */
  isSilent(): boolean {
    const before = this.#readBefore;
    this.#readBefore = this.#socket.bytesRead;
    return !this.#socket.isPaused() && before === this.#readBefore;
  }

  #begin(): void {
    if (!this.#outgoing) return;
    const { body } = this.#outgoing;
    const head = this.#outgoing.head + (this.#last ? 'connection: close\r\n\r\n' : '\r\n');
    if (body) this.#sender = new BodySender(this.#socket, head, body, this.#outgoing.onBody);
    else this.#socket.write(head, 'latin1');
  }

  #take(bytes: number): boolean {
    this.#read(readInto.subarray(0, bytes));
    return true;
  }

  #read(chunk: Buffer): void {
    // No request is open: this answer could be taken for the one to the next request.
    if (!this.#handler) return this.#fail('malformed', 'it sent data that was not requested');
    try {
      if (this.#body) this.#readBody(this.#body, chunk);
      else this.#readHeads(chunk);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      this.#fail(error.reason, error.message);
    }
  }

  #readHeads(chunk: Buffer): void {
    let unread = this.#unread ? Buffer.concat([this.#unread, chunk]) : chunk;
    for (;;) {
      const end = unread.indexOf(emptyLine);
      if ((end === -1 ? unread.length : end) > longestHead) {
        throw new NoAnswer('long head', `its head is longer than ${longestHead / 1024} KB`);
      }
      if (end === -1) {
        this.#unread = Buffer.from(unread);
        return;
      }
      const head = parseHead(unread.toString('latin1', 0, end), this.#outgoing?.method ?? '');
      unread = unread.subarray(end + emptyLine.length);
      if (head.status === 101)
        throw new NoAnswer('malformed', 'it upgraded a connection without being asked');
      if (head.status >= 200) return this.#beginBody(head, unread);
      // The ingress does not ask for 100: it has already sent 100 to its client.
      if (head.status !== 100) this.#handler?.onInterim(head);
    }
  }

  #beginBody(head: ResponseHead, rest: Buffer): void {
    this.#head = head;
    this.#unread = undefined;
    this.promisedMs = head.idleMs;
    this.#handler?.onHead(head);
    // By far the most common case.
    if (head.body === rest.length) return this.#endAnswer(head.reusable, rest);
    this.#body = bodyReader(head.body);
    this.#readBody(this.#body, rest);
  }

  #readBody(body: BodyReader, chunk: Buffer): void {
    const taken = chunk.length === 0 ? 0 : body.read(chunk, (data) => this.#handler?.onData(data));
    if (!body.ended) this.#handler?.onPause();
    else this.#endAnswer(this.#head?.reusable === true && taken === chunk.length);
  }

  #endAnswer(reusable: boolean, whole?: Buffer): void {
    const handler = this.#handler;
    const asked = this.#sender === undefined || this.#sender.sentAt !== undefined;
    const keep = reusable && asked && !this.#last && !this.#closed;
    this.#release();
    this.idleSince = performance.now();
    if (keep) this.#keep();
    else this.#close(false);
    if (whole) handler?.onWhole(whole);
    else handler?.onEnd();
  }

  #keep(): void {
    // The client may have been too slow for the last of the answer.
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#keeper.onIdle(this);
  }

  #onEnd(): void {
    if (this.#head?.body === 'until close') this.#endAnswer(false);
    else this.#fail('broken', 'the service closed the connection');
  }

  #onError(error: Error): void {
    this.#fail(this.#connected ? 'broken' : 'not connected', error.message, { cause: error });
  }

  #fail(reason: NoAnswer['reason'], message: string, options?: ErrorOptions): void {
    const handler = this.#handler;
    this.#release();
    this.#close(reason !== 'cut');
    handler?.onError(new NoAnswer(reason, message, options));
  }

  #release(): void {
    this.#sender?.stop();
    this.#sender = undefined;
    this.#handler = undefined;
    this.#outgoing = undefined;
    this.#head = undefined;
    this.#body = undefined;
    this.#unread = undefined;
  }

  #close(byService: boolean): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    this.#keeper.onClose(this, byService);
  }
}

type Written = (error?: Error | null) => void;

/**
 * A connection that outlives a failed write. A service may answer and close before it has read the whole body
 * (413, say): writing the rest then fails, and node:net would drop the socket with the answer unread in it. Here
 * the failed write is ignored, and reading ends the connection: with the answer, the error or the end.
 */
class PatientSocket extends Socket {
  /** @param onread takes what is read, in place of the events of a stream */
  constructor(onread: OnReadOpts) {
    const options: SocketConstructorOpts & { onread: OnReadOpts } = { onread };
    super(options);
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, written: Written): void {
    super._write(chunk, encoding, letGo(written));
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], written: Written): void {
    super._writev?.(chunks, letGo(written));
  }
}

function letGo(written: Written): Written {
  return (error) => written(isClosedByPeer(error) ? null : error);
}

function isClosedByPeer(error: NodeJS.ErrnoException | null | undefined): boolean {
  return error?.code === 'EPIPE' || error?.code === 'ECONNRESET';
}
