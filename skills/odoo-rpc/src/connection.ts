import type { Turns } from '@odoobo/skill-kit';
import { type GuardedAnswer, type Reach, requestGuarded } from '@odoobo/skill-kit/outgoing';
import type { Agent } from 'node:http';
import { unexpectedAnswer } from './faults.js';

/** For all answers of one request together. */
const maxAnswerBytes = 10 * 1024 * 1024;

/** Where a connection leads, and for how long. */
export interface Route {
  /** Where Odoo is, perhaps below a path. */
  url: URL;
  reach: Reach;
  agent: Agent;
  signal: AbortSignal;
  largeAnswers: Turns;
}

interface Sent {
  headers: Record<string, string>;
  body?: string;
  query?: Record<string, string>;
}

/** Calls one Odoo, for the calls of one request. Nothing is sent twice: a call may write. */
export class Connection {
  #bytesLeft = maxAnswerBytes;
  #endTurn: (() => void) | undefined;

  constructor(private readonly route: Route) {}

  /**
   * Redirects are not followed: they could lead to a host that is not allowed.
   * @throws SkillError 502 for one, and what `requestGuarded` throws
   */
  async post(path: string, body: string, headers: Record<string, string>): Promise<GuardedAnswer> {
    const answer = await this.#request(path, { headers, body });
    if (answer.status < 300 || answer.status >= 400) return answer;
    throw unexpectedAnswer(answer.url, 'redirects, and redirects are not followed');
  }

  /** Any status is an answer, a redirect too. */
  get(
    path: string,
    headers: Record<string, string>,
    query: Record<string, string> = {},
  ): Promise<GuardedAnswer> {
    return this.#request(path, { headers, query });
  }

  get holdsTurn(): boolean {
    return this.#endTurn !== undefined;
  }

  /** Lets the next large answer be read: call it when the answers of this request are no longer in memory. */
  close(): void {
    this.#endTurn?.();
  }

  async #takeTurn(): Promise<void> {
    const { largeAnswers, signal } = this.route;
    this.#endTurn ??= await largeAnswers.take(signal);
  }

  async #request(path: string, { query = {}, ...sent }: Sent): Promise<GuardedAnswer> {
    const { url: base, reach, agent, signal } = this.route;
    const url = new URL(base);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`;
    url.search = new URLSearchParams(query).toString();
    url.hash = '';
    const beforeLarge = () => this.#takeTurn();
    const options = { reachOf: () => reach, signal, maxBytes: this.#bytesLeft, beforeLarge, agent };
    const answer = await requestGuarded(url, { ...options, ...sent });
    this.#bytesLeft -= answer.bytes.length;
    return answer;
  }
}
