import { type GuardedAnswer, type Reach, requestGuarded } from '@odoobo/skill-kit/outgoing';
import type { Agent } from 'node:http';
import { unexpectedAnswer } from './faults.js';

const maxAnswerBytes = 10 * 1024 * 1024;

/** Where a connection leads, and for how long. */
export interface Route {
  /** Where Odoo is, perhaps below a path. */
  url: URL;
  reach: Reach;
  agent: Agent;
  signal: AbortSignal;
}

/** Calls one Odoo, for the calls of one request. Nothing is sent twice: a call may write. */
export class Connection {
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

  #request(path: string, sent: { headers: Record<string, string>; body?: string }): Promise<GuardedAnswer> {
    const { url: base, reach, agent, signal } = this.route;
    const url = new URL(base);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`;
    url.search = '';
    url.hash = '';
    return requestGuarded(url, { reachOf: () => reach, signal, maxBytes: maxAnswerBytes, agent, ...sent });
  }
}
