import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { compare, type Compared, type Difference } from './comparison.js';
import type { ShadowConfig } from './config.js';
import { places } from './places.js';
import type { Seen } from './said.js';

/** Longer bodies are neither kept nor compared. */
const longest = 64 * 1024;

/** How long the canary may take for a copy. */
const answerMs = 30_000;

/** How many kinds of differences are told apart, and of how many requests each kind names its values. */
const mostKinds = 50;
const mostExamples = 3;

/** Headers that are about the connection of the client, or written again here. */
const dropped =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|http2-settings|expect|content-length|x-skill-.*)$/;

/** Copies that were sent, by what came of them. `leftOut` were not sent: too many on their way, or a body too long to keep. */
export type ShadowReading = NonNullable<Seen['shadow']>;

interface Example extends Omit<Difference, 'kind'> {
  method: string;
  /** The path alone: a query may be private. */
  path: string;
}

/** What several have compared, together. */
export function shadowOf(readings: readonly ShadowReading[]): ShadowReading | null {
  const [first, ...others] = readings;
  return first ? others.reduce(together, first) : null;
}

function together(one: ShadowReading, other: ShadowReading): ShadowReading {
  const kinds = new Map(one.kinds.map((kind) => [kind.kind, kind]));
  for (const { kind, requests, examples } of other.kinds) {
    const known = kinds.get(kind) ?? { requests: 0, examples: [] };
    kinds.set(kind, {
      kind,
      requests: known.requests + requests,
      examples: [...known.examples, ...examples].slice(0, mostExamples),
    });
  }
  return {
    same: one.same + other.same,
    different: one.different + other.different,
    unanswered: one.unanswered + other.unanswered,
    leftOut: one.leftOut + other.leftOut,
    inFlight: one.inFlight + other.inFlight,
    kinds: [...kinds.values()].sort((a, b) => b.requests - a.requests),
  };
}

/** Sends copies of requests to the canary, and compares its answers with those that clients got. */
export class Shadow {
  readonly #agent: Agent;
  readonly #kinds = new Map<string, { requests: number; examples: Example[] }>();
  readonly #counts = { same: 0, different: 0, unanswered: 0, leftOut: 0 };
  #inFlight = 0;
  #turn = 0;

  /** @param onCopy called when a copy was answered, or got no answer */
  constructor(
    readonly config: ShadowConfig,
    private readonly canary: URL,
    private readonly onCopy: () => void,
  ) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: config.atOnce });
  }

  /**
   * Keeps a request and its answer for a copy; none where the request gets no copy.
   * @param share how many of them get one, in percent
   */
  begin(request: IncomingMessage, share: number): Recording | undefined {
    if (!this.#isSafe(request)) return undefined;
    // Evenly: of 5 requests in a row with 20 %, one.
    this.#turn += Math.round(share * 10);
    if (this.#turn < places) return undefined;
    this.#turn -= places;
    return new Recording(request, (recording) => this.#send(recording));
  }

  read(): ShadowReading {
    const kinds = [...this.#kinds].map(([kind, rest]) => ({ kind, ...rest }));
    return {
      ...this.#counts,
      inFlight: this.#inFlight,
      kinds: kinds.sort((a, b) => b.requests - a.requests),
    };
  }

  close(): void {
    this.#agent.destroy();
  }

  #isSafe({ method, headers, url = '' }: IncomingMessage): boolean {
    if (headers.upgrade !== undefined) return false;
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    if (method === 'POST') return this.config.pure.includes(url.split('?', 1)[0] as string);
    return (method === 'GET' || method === 'HEAD') && !hasBody;
  }

  #send(recording: Recording): void {
    if (recording.isTooLong || this.#inFlight >= this.config.atOnce) return void this.#counts.leftOut++;
    this.#inFlight++;
    void this.#ask(recording)
      .then(
        (answer) => this.#compared(recording, answer),
        () => void this.#counts.unanswered++,
      )
      .finally(() => {
        this.#inFlight--;
        this.onCopy();
      });
  }

  #compared({ request, answer: live }: Recording, canary: Compared): void {
    const differences = compare(live, canary, this.config.ignore);
    this.#counts[differences.length === 0 ? 'same' : 'different']++;
    const path = (request.url ?? '').split('?', 1)[0] as string;
    const kinds = new Map(differences.map((difference) => [difference.kind, difference]));
    for (const { kind, ...values } of kinds.values()) {
      this.#report(kind, { method: request.method ?? 'GET', path, ...values });
    }
  }

  #report(kind: string, example: Example): void {
    const known = this.#kinds.get(kind) ?? { requests: 0, examples: [] };
    if (known.requests === 0 && this.#kinds.size >= mostKinds) return;
    known.requests++;
    if (known.examples.length < mostExamples) known.examples.push(example);
    this.#kinds.set(kind, known);
  }

  /** @throws Error when the canary gives no whole answer in time, or a longer one than is kept. */
  #ask({ request, body }: Recording): Promise<Compared> {
    const { hostname, port } = this.canary;
    return new Promise((resolve, reject) => {
      const copy = httpRequest({
        host: hostname,
        port: port || 80,
        agent: this.#agent,
        method: request.method,
        path: request.url,
        headers: headersOf(request, body),
      });
      const late = new AbortController();
      copy.on('close', () => late.abort());
      copy.on('error', reject);
      copy.on(
        'response',
        (answer) => void received(answer).then(resolve, (error: Error) => copy.destroy(error)),
      );
      copy.end(body);
      void delay(answerMs, undefined, { signal: late.signal, ref: false }).then(
        () => copy.destroy(new Error('no answer in time')),
        () => undefined,
      );
    });
  }
}

/** A request and the answer that its client got, as far as a copy needs them. */
export class Recording {
  readonly #sent: Buffer[] = [];
  readonly #received: Buffer[] = [];
  #bytes = 0;
  #status = 0;
  #isJson = false;

  constructor(
    readonly request: IncomingMessage,
    private readonly onAnswered: (recording: Recording) => void,
  ) {}

  get isTooLong(): boolean {
    return this.#bytes > longest;
  }

  get body(): Buffer {
    return Buffer.concat(this.#sent);
  }

  get answer(): Compared {
    return { status: this.#status, isJson: this.#isJson, body: Buffer.concat(this.#received) };
  }

  readonly onBody = (data: Buffer): void => this.#keep(this.#sent, data);

  readonly onData = (data: Buffer): void => this.#keep(this.#received, data);

  onHead(status: number, headers: readonly string[]): void {
    this.#status = status;
    const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type');
    this.#isJson = isJson(headers[at + 1]);
  }

  /** The client has the whole answer: now the canary gets the copy. */
  end(): void {
    this.onAnswered(this);
  }

  #keep(list: Buffer[], data: Buffer): void {
    this.#bytes += data.length;
    if (this.isTooLong) list.length = 0;
    else list.push(Buffer.from(data));
  }
}

function isJson(type: string | undefined): boolean {
  return /^application\/([\w.-]+\+)?json\b/.test(type ?? '');
}

function headersOf({ rawHeaders }: IncomingMessage, body: Buffer): string[] {
  const headers: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (!dropped.test(name.toLowerCase())) headers.push(name, rawHeaders[i + 1] as string);
  }
  if (body.length > 0) headers.push('content-length', String(body.length));
  return [...headers, 'x-skill-variant', 'canary', 'x-skill-shadow', 'true'];
}

async function received(answer: IncomingMessage): Promise<Compared> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > longest) throw new Error('the answer is longer than what is kept');
    chunks.push(chunk);
  }
  const { statusCode = 0, headers } = answer;
  return { status: statusCode, isJson: isJson(headers['content-type']), body: Buffer.concat(chunks) };
}
