import { Turns } from '@odoobo/skill-kit';
import type { ListedReach } from '@odoobo/skill-kit/outgoing';
import { createHmac, randomBytes } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import { Cache, type Slot } from './cache.js';

/** Who calls which Odoo. */
export interface Identity {
  url: URL;
  database: string;
  login: string;
  key: string;
}

/** What the skill remembers of one account. */
export interface AccountMemory {
  /** The user's id, which each call of the older protocols repeats together with the key. */
  uid: Slot<number>;
  /** The cookie of a web session. */
  cookie: Slot<string>;
  /** The definitions of fields, by what was asked. */
  fields: (asked: string) => Slot<string>;
}

/**
 * What the skill remembers between calls, in this process only. Entries are found by a hash of the whole account with a
 * salt of this process: whoever does not know the key gets nothing, and no key is stored.
 */
export class Memory {
  /** For answers above 1 MiB: as text, as values and as the skill's own answer, each takes several times its size. */
  readonly largeAnswers = new Turns(2);
  readonly #salt = randomBytes(32);
  readonly #uids = new Cache<number>({ entries: 1000, ttlMs: 3_600_000 });
  readonly #cookies = new Cache<string>({ entries: 1000, ttlMs: 3_600_000 });
  readonly #fields = new Cache<string>({ entries: 1000, weight: 8_000_000, ttlMs: 300_000 });
  readonly #agents = new Cache<http.Agent>({ entries: 50, ttlMs: 3_600_000 });

  of(identity: Identity): AccountMemory {
    const account = this.#hash(identity);
    return {
      uid: this.#uids.slot(account),
      cookie: this.#cookies.slot(account),
      fields: (asked) => this.#fields.slot(`${account} ${asked}`),
    };
  }

  /**
   * Connections to one host, which stay open between calls. The reach is part of the key, because a connection is checked
   * only when it is opened.
   */
  agent({ protocol, host }: URL, reach: ListedReach): http.Agent {
    const slot = this.#agents.slot(`${reach} ${protocol}//${host}`);
    const known = slot.get();
    if (known) return known;
    const { Agent } = protocol === 'https:' ? https : http;
    const agent = new Agent(connections);
    slot.set(agent);
    return agent;
  }

  #hash({ url: { origin, pathname }, database, login, key }: Identity): string {
    const account = JSON.stringify([origin, pathname, database, login, key]);
    return createHmac('sha256', this.#salt).update(account).digest('base64url');
  }
}

/** An idle connection is closed after 4 s, before the usual 5 s and more of servers: one that they close loses a call. */
const connections: http.AgentOptions = { keepAlive: true, maxSockets: 16, maxFreeSockets: 4, timeout: 4000 };
