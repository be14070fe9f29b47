import { withDeadline } from '@odoobo/machine/time';
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { statePath } from './control.js';
import type { RouterState } from './rollout.js';

/** How often the others are asked, and how long they may take. */
const periodMs = 1_000;

/** At the start: how often, with which pauses. The first routers of a rollout find nobody. */
const firstAsks = 4;
const firstPauseMs = 250;

const holdSchema = z.object({
  on: z.boolean(),
  at: z.number(),
  because: z.string(),
  ofStep: z.int().nullable(),
});

const stateSchema = z.object({
  rollout: z.string(),
  router: z.string(),
  out: z.object({ at: z.string(), because: z.string() }).nullable(),
  progress: z
    .object({
      index: z.int().min(0),
      since: z.number(),
      approved: z.array(z.int()),
      hold: holdSchema.nullable(),
      counted: z.record(z.string(), z.number()),
    })
    .nullable(),
});

type Said = Pick<RouterState, keyof z.infer<typeof stateSchema>>;

export interface Peers {
  /** Leads to one or another of the routers. */
  url: string;
  secret: string;
}

/** Asks for what the other routers know, until one of them answers or it is clear that there is none yet. */
export async function askPeers(peers: Peers, onState: (state: Said) => void): Promise<void> {
  for (let asked = 0; asked < firstAsks; asked++) {
    const state = await ask(peers).catch(() => undefined);
    if (state) return onState(state);
    await delay(firstPauseMs);
  }
}

/** Asks the other routers for what they know, until the signal is aborted. One that does not answer is asked again. */
export async function followPeers(
  peers: Peers & { signal: AbortSignal },
  onState: (state: Said) => void,
): Promise<void> {
  while (await passed(periodMs, peers.signal)) {
    const state = await ask(peers).catch(() => undefined);
    if (state && !peers.signal.aborted) onState(state);
  }
}

function passed(ms: number, signal: AbortSignal): Promise<boolean> {
  return delay(ms, true, { signal, ref: false }).catch(() => false);
}

async function ask({ url, secret, signal }: Peers & { signal?: AbortSignal }): Promise<Said> {
  return withDeadline(periodMs, signal, async (within) => {
    const headers = { authorization: `Bearer ${secret}` };
    return stateSchema.parse(JSON.parse(await get(new URL(statePath, url), headers, within)));
  });
}

/** On a connection of its own: a kept one would lead to the same router each time. */
async function get(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { headers, signal, agent: false })
      .on('error', reject)
      .on('response', (answer) => void text(answer).then(resolve, reject))
      .end();
  });
}
