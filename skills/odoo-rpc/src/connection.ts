import { type GuardedAnswer, type Reach, requestGuarded } from '@odoobo/skill-kit/outgoing';
import * as http from 'node:http';
import * as https from 'node:https';
import { unexpectedAnswer } from './faults.js';

const maxAnswerBytes = 10 * 1024 * 1024;

/** A connection to one Odoo, for the calls of one request. Nothing is sent twice: a call may write. */
export class Connection {
  readonly #agent: http.Agent;

  /** Opens nothing yet. @param base where Odoo is, perhaps below a path */
  constructor(
    private readonly base: URL,
    private readonly reach: Reach,
    private readonly signal: AbortSignal,
  ) {
    const { Agent } = base.protocol === 'https:' ? https : http;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1 });
  }

  /**
   * Redirects are not followed: they could lead to a host that is not allowed.
   * @throws SkillError 502 for one, and what `requestGuarded` throws
   */
  async post(path: string, body: string, headers: Record<string, string>): Promise<GuardedAnswer> {
    const url = new URL(this.base);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`;
    url.search = '';
    url.hash = '';
    const answer = await requestGuarded(url, {
      reachOf: () => this.reach,
      signal: this.signal,
      maxBytes: maxAnswerBytes,
      headers,
      body,
      agent: this.#agent,
    });
    if (answer.status < 300 || answer.status >= 400) return answer;
    throw unexpectedAnswer(url, 'redirects, and redirects are not followed');
  }

  close(): void {
    this.#agent.destroy();
  }
}
