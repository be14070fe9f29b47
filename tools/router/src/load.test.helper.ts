import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, cookieOf, send } from './router.test.helper.js';

export interface Seen {
  client: number;
  method: string;
  /** The status, or why there is none. */
  status: number | string;
  body: string;
}

export interface Load {
  seen: Seen[];
  /** Resolves when so many more requests have ended. */
  more(requests: number): Promise<void>;
  /** No further requests; resolves when all have ended. */
  stop(): Promise<void>;
}

/** How many clients ask, each one request after the other; every fourth sends POSTs. */
const clients = 24;

/** How long a request may take. */
const answerMs = 10_000;

/** Clients that keep their cookies. Half of them keep their connection. */
export function startLoad(to: { port: number }): Load {
  const seen: Seen[] = [];
  const stopping = new AbortController();
  const all = Array.from({ length: clients }, (_, client) => ask(client, to, seen, stopping.signal));
  return {
    seen,
    async more(requests) {
      const enough = seen.length + requests;
      while (seen.length < enough) await delay(5);
    },
    async stop() {
      stopping.abort();
      await Promise.all(all);
    },
  };
}

async function ask(client: number, to: { port: number }, seen: Seen[], stopping: AbortSignal): Promise<void> {
  const agent = new Agent({ keepAlive: client % 2 === 0 });
  const method = client % 4 === 3 ? 'POST' : 'GET';
  let cookie = '';
  while (!stopping.aborted) {
    const body = method === 'POST' ? { body: 'x' } : {};
    const request = send(to, {
      method,
      agent,
      headers: cookie ? { cookie } : {},
      ...body,
      timeout: answerMs,
    });
    const answer: Answer | string = await request.catch(({ code, message }) => String(code ?? message));
    const isAnswer = typeof answer !== 'string';
    seen.push({
      client,
      method,
      status: isAnswer ? (answer.status ?? 0) : answer,
      body: isAnswer ? answer.body : '',
    });
    if (isAnswer) cookie = cookieOf(answer) || cookie;
    else await delay(5);
  }
  agent.destroy();
}

/** Those that got no answer of a variant. */
export function failed(seen: readonly Seen[]): Seen[] {
  return seen.filter(({ status }) => status !== 200);
}

/** Clients that the canary had served and that live served later. */
export function sentBack(seen: readonly Seen[]): number[] {
  return Array.from({ length: clients }, (_, client) => client).filter((client) => {
    const bodies = seen.filter((one) => one.client === client && one.status === 200).map(({ body }) => body);
    const first = bodies.indexOf('canary');
    return first !== -1 && bodies.lastIndexOf('live') > first;
  });
}
