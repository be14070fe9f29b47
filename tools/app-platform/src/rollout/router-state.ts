import * as z from 'zod';
import { LiveService } from '../check/live-service.js';
import type { AppSpec } from '../spec/index.js';
import { routerOf } from './specs.js';

/** Where routers answer with their state. */
const wellKnown = '/.well-known/skill-router';

const number = z.number();
const numberOrNone = z.number().nullable();

/** What was seen of one variant. */
const countsSchema = z.looseObject({
  requests: number,
  failures: number,
  p50: numberOrNone.optional(),
  p95: numberOrNone.optional(),
  /** Clients that left before their answer began. */
  left: number.optional(),
  /** What the service said in `x-skill-outcome`. */
  outcome: z.looseObject({ count: number, mean: numberOrNone, variance: numberOrNone }).nullish(),
});

const intervalSchema = z.looseObject({ estimate: number, low: number, high: number });

/** What is reported of a comparison, beside the counts. A router that is older than it has none of it. */
const comparisonFields = {
  /** By how much the mean outcome of the canary is above that of live, with an interval that holds at all times. */
  outcome: intervalSchema.extend({ confidence: number }).nullish(),
  /** Whether each variant got its share of the new clients. */
  ratio: z
    .looseObject({
      live: number,
      canary: number,
      expected: numberOrNone,
      odds: numberOrNone,
      isOff: z.boolean(),
    })
    .nullish(),
  /** What an experiment has shown. */
  better: z.enum(['live', 'canary']).nullish(),
  /** How answers to copies of requests differ. */
  shadow: z
    .looseObject({
      same: number,
      different: number,
      unanswered: number,
      leftOut: number,
      kinds: z.array(z.looseObject({ kind: z.string(), requests: number })),
    })
    .nullish(),
  history: z
    .array(
      z.looseObject({
        at: z.string(),
        weight: number,
        requests: z.looseObject({ live: number, canary: number }),
        failures: z.looseObject({ live: number, canary: number }),
        outcome: intervalSchema.nullable(),
      }),
    )
    .optional(),
};

/** What the routers of a rollout answer; what a later router adds is ignored. */
export const routerStateSchema = z.looseObject({
  rollout: z.string(),
  phase: z.enum(['going', 'held', 'done', 'out', 'fixed']),
  step: z
    .looseObject({
      index: z.number(),
      of: z.number(),
      weight: z.number().optional(),
      since: z.string().optional(),
      until: z.string().optional(),
      waitsFor: z.array(z.string()).default([]),
    })
    .nullable()
    .default(null),
  weight: z.number(),
  held: z.looseObject({ because: z.string() }).nullable().default(null),
  out: z
    .looseObject({ at: z.string(), because: z.string(), isPlanned: z.boolean().default(false) })
    .nullable()
    .default(null),
  verdict: z.looseObject({ answer: z.string(), because: z.string().optional() }),
  ...comparisonFields,
  /** The sums over all routers. */
  variants: z.looseObject({ live: countsSchema, canary: countsSchema }),
  /** How many routers there should be, and those that the one that answers has heard of lately, itself among them. */
  routers: z
    .looseObject({
      expected: z.number(),
      heard: z.array(z.looseObject({ router: z.string(), requests: z.number(), secondsAgo: z.number() })),
    })
    .optional()
    .catch(undefined),
});

export type RouterState = z.infer<typeof routerStateSchema>;

/** What a person or a deployer tells the routers. */
export interface RouterOrder {
  do: 'approve' | 'hold' | 'go-on' | 'abort';
  /** The step that it is about: another one makes the order stale. */
  step?: number | undefined;
  because?: string | undefined;
}

/** A router does not answer, or not as one. The rollout may go on all the same. */
export class RouterTrouble extends Error {
  override readonly name = 'RouterTrouble';
}

/**
 * The path of the routers' state behind the app's ingress; undefined if no rule of the service leads there. A rule trims its
 * prefix, so the router sees the path that it knows.
 */
export function statePathIn(spec: AppSpec, service: string): string | undefined {
  for (const { match, component } of spec.ingress?.rules ?? []) {
    if (component?.name !== service && component?.name !== routerOf(service)) continue;
    const { prefix = '/' } = match?.path ?? {};
    const isWhole = prefix === '/' || prefix === '';
    const isKept = [true, 'true'].includes(component.preserve_path_prefix ?? false);
    if (match?.authority || match?.path?.exact !== undefined || component.rewrite !== undefined) continue;
    if (isWhole) return wellKnown;
    if (!isKept) return `${prefix.replace(/\/$/, '')}${wellKnown}`;
  }
  return undefined;
}

export interface RouterAddress {
  /** The app's public URL. */
  url: string;
  path: string;
  rollout: string;
  secret: string;
}

const answerWithinMs = 5_000;

/** Asks the routers of a rollout, and tells them what to do. */
export class Routers {
  readonly #service: LiveService;

  constructor(readonly address: RouterAddress) {
    this.#service = new LiveService(address.url);
  }

  /** @throws RouterTrouble; the reason of the signal */
  state(signal: AbortSignal): Promise<RouterState> {
    return this.#ask('GET', undefined, signal);
  }

  /** @throws RouterTrouble, which says what the routers answered; the reason of the signal */
  tell(order: RouterOrder, signal: AbortSignal): Promise<RouterState> {
    return this.#ask('POST', { rollout: this.address.rollout, ...order }, signal);
  }

  close(): Promise<void> {
    return this.#service.close();
  }

  async #ask(method: 'GET' | 'POST', body: object | undefined, signal: AbortSignal): Promise<RouterState> {
    const { path, secret, rollout } = this.address;
    const at = `${method} ${this.#service.at(path)}`;
    const headers = { authorization: `Bearer ${secret}` };
    const reply = await this.#service
      .ask({ method, path, headers, ...(body && { body }), withinMs: answerWithinMs, signal })
      .catch((cause: unknown) => {
        signal.throwIfAborted();
        throw new RouterTrouble(`${at}: ${(cause as Error).message}`, { cause });
      });
    if (reply.status !== 200)
      throw new RouterTrouble(`${at}: answered ${reply.status}: ${brief(reply.body)}`);
    const state = stateIn(reply.body);
    if (!state) throw new RouterTrouble(`${at}: the answer is not the state of a router`);
    if (state.rollout !== rollout)
      throw new RouterTrouble(`${at}: the routers carry out rollout ${state.rollout}, not ${rollout}`);
    return state;
  }
}

function stateIn(body: string): RouterState | undefined {
  try {
    return routerStateSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

const mostShown = 200;

function brief(body: string): string {
  return body.replaceAll(/\s+/g, ' ').slice(0, mostShown);
}
