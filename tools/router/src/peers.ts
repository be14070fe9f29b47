import { withDeadline } from '@odoobo/machine/time';
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { statePath } from './control.js';
import { type Said, saidSchema } from './said.js';

/** How often the others are asked, and how long they may take. */
const periodMs = 1_000;

/** At the start: how often, with which pauses. The first routers of a rollout find nobody. */
const firstAsks = 4;
const firstPauseMs = 250;

/** What happens within so long is sent together: a canary may fail many requests a second that what is live fails as well. */
const hurryMs = 20;

/** How often they are asked each second, until another one answers. */
const mostAsksForOne = 4;

/** How often they are asked at once when there is news: so often for each other one, and at most. */
const hurriedForEach = 8;
const mostHurried = 40;

export interface Peers {
  /** Leads to one or another of the routers. */
  url: string;
  secret: string;
  /** What this router has to say. */
  said: () => Said;
}

/** Takes what a router said. @returns whether it was another one than this, which the common URL leads to as well */
type OnState = (state: Said) => boolean;

/** Asks for what the other routers know, until one of them answers or it is clear that there is none yet. */
export async function askPeers(peers: Peers, onState: OnState): Promise<void> {
  for (let asked = 0; asked < firstAsks; asked++) {
    const state = await ask(peers).catch(() => undefined);
    if (state) return void onState(state);
    await delay(firstPauseMs);
  }
}

/** Asks the other routers for what they know: each second, and when there is reason to. */
export class Following {
  readonly #ended = new AbortController();
  #hurries = false;
  /** Whether there was news since they were last asked. */
  #isNews = false;

  constructor(
    private readonly peers: Peers,
    /** How many others there are. */
    private readonly others: number,
    private readonly onState: OnState,
  ) {
    void this.#everySecond();
  }

  /** Asks now, until all others have answered, or the common URL has led to the same ones too often. */
  async hurry(): Promise<void> {
    this.#isNews = true;
    if (this.#hurries) return;
    this.#hurries = true;
    while (this.#isNews && !this.#ended.signal.aborted) {
      this.#isNews = false;
      await this.#askAll();
      await passed(hurryMs, this.#ended.signal);
    }
    this.#hurries = false;
  }

  end(): void {
    this.#ended.abort();
  }

  async #askAll(): Promise<void> {
    const answered = new Set<string>();
    const most = Math.min(mostHurried, hurriedForEach * this.others);
    for (let asked = 0; asked < most && answered.size < this.others; asked++) {
      const router = await this.#ask();
      if (router !== undefined) answered.add(router);
    }
  }

  /** Asks until another one answers: where requests go round, each router might otherwise meet itself for ever. */
  async #everySecond(): Promise<void> {
    while (await passed(periodMs, this.#ended.signal)) {
      for (let asked = 0; asked < mostAsksForOne; asked++) if (await this.#ask()) break;
    }
  }

  /** @returns the id of another router that answered */
  async #ask(): Promise<string | undefined> {
    const { signal } = this.#ended;
    const state = await ask({ ...this.peers, signal }).catch(() => undefined);
    if (!state || signal.aborted) return undefined;
    return this.onState(state) ? state.router : undefined;
  }
}

function passed(ms: number, signal: AbortSignal): Promise<boolean> {
  return delay(ms, true, { signal, ref: false }).catch(() => false);
}

/** Says what this router knows, and hears what another one does. */
async function ask({ url, secret, said, signal }: Peers & { signal?: AbortSignal }): Promise<Said> {
  return withDeadline(periodMs, signal, async (within) => {
    const headers = { authorization: `Bearer ${secret}` };
    const body = JSON.stringify({ said: said() });
    return saidSchema.parse(
      JSON.parse(await post(new URL(statePath, url), { headers, body, signal: within })),
    );
  });
}

interface Post {
  headers: Record<string, string>;
  body: string;
  signal: AbortSignal;
}

/** On a connection of its own: a kept one would lead to the same router each time. */
async function post(url: URL, { headers, body, signal }: Post): Promise<string> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { method: 'POST', headers, signal, agent: false })
      .on('error', reject)
      .on('response', (answer) => void text(answer).then(resolve, reject))
      .end(body);
  });
}
