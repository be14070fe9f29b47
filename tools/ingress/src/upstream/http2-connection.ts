import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { hopByHop } from '../hop-by-hop.js';
import { type AnswerHandler, answerMs, type Sent } from './connection.js';
import { NoAnswer, type Reason } from './no-answer.js';
import type { Outgoing } from './outgoing.js';

/**
 * The connection to a process that speaks HTTP/2 without TLS: one for all requests, opened when it is first needed, and anew when the process
 * has closed it.
 */
export class Http2Connection {
  readonly #authority: string;
  #session: Session | undefined;

  constructor(port: number, host: string) {
    this.#authority = `http://${host}:${port}`;
  }

  send(outgoing: Outgoing, handler: AnswerHandler): Sent {
    this.#session = this.#session?.isOpen ? this.#session : new Session(this.#authority);
    return new Http2Request(this.#session, outgoing, handler);
  }

  /** It ends after the answers in progress. */
  keepNone(): void {
    this.#session?.leave();
  }

  /** The process has ended, and so does its connection. */
  end(): void {
    this.keepNone();
  }

  /** Ends the requests in progress. */
  cut(): void {
    this.#session?.cut();
  }
}

class Session {
  readonly session: ClientHttp2Session;
  #isConnected = false;
  #isCut = false;
  #isLeaving = false;

  constructor(authority: string) {
    this.session = connect(authority);
    this.session.once('connect', () => (this.#isConnected = true));
    // Each of its requests ends with it, and says so.
    this.session.on('error', () => undefined);
    // It asks for no more requests.
    this.session.once('goaway', () => this.leave());
    this.session.unref();
  }

  get isOpen(): boolean {
    return !this.session.closed && !this.session.destroyed && !this.#isLeaving;
  }

  /** Why a request of it that broke off has no answer. */
  get reason(): Reason {
    if (this.#isCut) return 'cut';
    return this.#isConnected ? 'broken' : 'not connected';
  }

  leave(): void {
    this.#isLeaving = true;
    if (!this.session.destroyed) this.session.close();
  }

  cut(): void {
    this.#isCut = true;
    this.session.destroy();
  }
}

/** One request, and its answer. */
class Http2Request implements Sent {
  readonly #stream: ClientHttp2Stream;
  readonly #tooLate: NodeJS.Timeout;
  #isOver = false;
  #isCut = false;

  constructor(
    private readonly session: Session,
    { head, body, onBody }: Outgoing,
    private readonly handler: AnswerHandler,
  ) {
    this.#stream = session.session.request(headersOf(head), { endStream: body === undefined });
    this.#tooLate = setTimeout(() => this.#fail('too late', `no answer in ${answerMs / 1000} s`), answerMs);
    this.#tooLate.unref();
    this.#listen();
    const sendBody = (): void => {
      if (onBody) body?.on('data', onBody);
      body?.pipe(this.#stream);
    };
    // Not before it is connected: it may have to go elsewhere.
    if (this.#stream.pending) this.#stream.once('ready', sendBody);
    else sendBody();
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  cut(): void {
    this.#isCut = true;
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  #listen(): void {
    let problem: Error | undefined;
    this.#stream
      .on('headers', (headers) => this.handler.onInterim(answerOf(headers)))
      .on('response', (headers) => {
        clearTimeout(this.#tooLate);
        this.handler.onHead(answerOf(headers));
        if (!this.#stream.endAfterHeaders) this.handler.onPause();
      })
      .on('data', (data: Buffer) => this.handler.onData(data))
      .on('end', () => this.#end())
      .on('error', (error) => (problem = error))
      .on('close', () => {
        const reason = this.#isCut ? 'cut' : this.session.reason;
        this.#fail(reason, problem?.message ?? 'the service closed the connection', { cause: problem });
      });
  }

  #end(): void {
    // A stream that was reset ends, too.
    if (this.#isOver || this.#stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
    this.#isOver = true;
    this.handler.onEnd();
  }

  #fail(reason: Reason, message: string, options?: ErrorOptions): void {
    clearTimeout(this.#tooLate);
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream.close(constants.NGHTTP2_CANCEL);
    this.handler.onError(new NoAnswer(reason, message, options));
  }
}

/** A head of HTTP/1.1 as HTTP/2 has it: RFC 9113 section 8.3.1, and without what section 8.2.2 forbids. */
function headersOf(head: string): Record<string, string | string[]> {
  const [first = '', ...lines] = head.split('\r\n');
  const [method = '', target = ''] = first.split(' ');
  const headers: Record<string, string | string[]> = {
    ':method': method,
    ':path': target,
    ':scheme': 'http',
  };
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (colon > 0 && !hopByHop.has(name))
      add(headers, name === 'host' ? ':authority' : name, line.slice(colon + 2));
  }
  return headers;
}

function add(headers: Record<string, string | string[]>, name: string, value: string): void {
  const before = headers[name];
  // Of what may be there once only, the first counts.
  if (before === undefined) headers[name] = value;
  else if (!single.has(name)) headers[name] = [before, value].flat();
}

/** node:http2 refuses two of these. */
const single = new Set([
  ':authority',
  'authorization',
  'content-length',
  'content-type',
  'from',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'max-forwards',
  'range',
  'referer',
  'user-agent',
]);

function answerOf(headers: Record<string, string | string[] | number | undefined>): {
  status: number;
  headers: string[];
} {
  const lines = Object.entries(headers).flatMap(([name, value = '']) =>
    name.startsWith(':') ? [] : [value].flat().flatMap((one) => [name, String(one)]),
  );
  return { status: Number(headers[':status']), headers: lines };
}
