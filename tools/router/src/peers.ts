import { withDeadline } from '@odoobo/machine/time';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { type Out, statePath } from './split.js';

/** How often the others are asked, and how long they may take. */
const periodMs = 1_000;

const stateSchema = z.object({
  rollout: z.string(),
  out: z.object({ at: z.string(), because: z.string() }).nullable(),
});

export interface Peers {
  /** Leads to one or another of the routers. */
  url: string;
  secret: string;
  /** Ends it. */
  signal: AbortSignal;
}

/** Asks the other routers whether one of them has put the canary out, until its signal is aborted. One that does not answer is asked again. */
export async function followPeers(peers: Peers, onOut: (rollout: string, out: Out) => void): Promise<void> {
  while (await passed(periodMs, peers.signal)) {
    const state = await ask(peers).catch(() => undefined);
    if (state?.out && !peers.signal.aborted) onOut(state.rollout, state.out);
  }
}

function passed(ms: number, signal: AbortSignal): Promise<boolean> {
  return delay(ms, true, { signal, ref: false }).catch(() => false);
}

async function ask({ url, secret, signal }: Peers): Promise<z.infer<typeof stateSchema>> {
  return withDeadline(periodMs, signal, async (within) => {
    const headers = { authorization: `Bearer ${secret}` };
    const answer = await fetch(new URL(statePath, url), { headers, redirect: 'error', signal: within });
    return stateSchema.parse(await answer.json());
  });
}
