import type { End, Passage, Steering } from '@odoobo/ingress';
import type { Variant } from '@odoobo/verdict';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RouterConfig } from './config.js';
import { answerControl, isControl } from './control.js';
import { readingOf } from './counts.js';
import { Places, places, valuesOf } from './places.js';
import { type Command, type Log, type Refusal, Rollout } from './rollout.js';
import type { Said } from './said.js';
import { type Recording, Shadow } from './shadow.js';
import { type HeardRouter, type RouterState, totalOf } from './state.js';

/** Where a request came out, for the service and for its client. */
export const variantHeader = 'x-skill-variant';

/** How long after its last word a router is counted among those of the rollout. */
const heardMs = 30_000;

const lines: Record<Variant, readonly string[]> = {
  live: [variantHeader, 'live'],
  canary: [variantHeader, 'canary'],
};

/** Decides for each request whether the canary or what is live takes it, and watches how that ends. */
export class Split implements Steering {
  /** Which of the routers this is. */
  readonly router = randomUUID();
  #config: RouterConfig;
  #places: Places;
  #rollout: Rollout;
  #shadow: Shadow | undefined;
  /** Places below it are the canary's. */
  #below = 0;
  #share = 0;
  /** Whether a request has come since the rollout began. */
  #serves = false;
  /** When each of the others was heard of. */
  readonly #heard = new Map<string, number>();

  constructor(
    config: RouterConfig,
    private readonly secret: string,
    private readonly log: Log,
    /** Called when other routers should know at once. */
    private readonly onNews: () => void,
  ) {
    this.#config = config;
    this.#places = new Places(config, secret);
    this.#rollout = new Rollout(config, this.router, log, onNews);
    this.#shadow = this.#shadowFor(config);
    this.#apply();
  }

  /** From now on requests go by this. Within a rollout, what was seen, its step and a verdict stay. */
  configure(config: RouterConfig): void {
    const before = this.#config;
    this.#config = config;
    this.#places = new Places(config, this.secret);
    if (JSON.stringify([before.shadow, before.canary]) !== JSON.stringify([config.shadow, config.canary])) {
      this.#shadow?.close();
      this.#shadow = this.#shadowFor(config);
    }
    if (before.rollout === config.rollout) this.#rollout.configure(config);
    else this.#rollout = new Rollout(config, this.router, this.log, this.onNews);
    this.#serves = false;
    this.#apply();
  }

  /** Does what is due by now. To be called often. */
  look(): void {
    this.#rollout.look();
    this.#rollout.remember();
    this.#apply();
  }

  /** Takes over what another router knows of the rollout. @returns whether it was another one, of this rollout */
  learn(state: Said): boolean {
    if (state.router === this.router || state.rollout !== this.#config.rollout) return false;
    this.#heard.set(state.router, performance.now());
    this.#rollout.learn(state);
    this.#apply();
    return true;
  }

  /** @returns why it was not done; nothing where it was, or had been done before */
  command(command: Command): Refusal | undefined {
    const refusal = this.#rollout.command(command);
    this.#apply();
    if (!refusal) this.onNews();
    return refusal;
  }

  get state(): RouterState {
    const { phase, step, held, weight, out, verdict, better, history } = this.#rollout;
    const seen = this.#seen;
    const { ratio, ...total } = totalOf(Object.values(seen));
    return {
      rollout: this.#config.rollout,
      phase,
      step,
      held,
      weight,
      out,
      verdict,
      ...total,
      ratio: this.#config.stickyBy === 'cookie' ? ratio : null,
      better,
      history,
      routers: { expected: this.#config.routers, heard: this.#heardRouters(seen) },
    };
  }

  /** What other routers must know. */
  get said(): Said {
    const { out, progress } = this.#rollout;
    return { rollout: this.#config.rollout, router: this.router, out, seen: this.#seen, progress };
  }

  get #seen(): Said['seen'] {
    return this.#rollout.seen(this.#shadow?.read() ?? null);
  }

  answers(request: IncomingMessage, response: ServerResponse): boolean {
    if (!isControl(request, this.secret)) return false;
    void answerControl(request, response, this);
    return true;
  }

  steer(request: IncomingMessage, failed?: Passage): Passage {
    if (!this.#serves) {
      this.#serves = true;
      if (this.#rollout.serve()) this.#apply();
    }
    // Who takes over for a canary is no fair sample of what is live.
    if (failed || this.#rollout.out) return this.#attempt('live');
    const { matches } = this.#config;
    const match = matches.length > 0 ? matched(matches, request) : undefined;
    if (match) return this.#matched(match);
    const { probation } = this.#rollout;
    // Before, not the weight alone decides.
    const isFair = probation.isOver;
    const { variant, place, cookie, isNew } = this.#places.of(request, this.#below, probation);
    const tenths = isNew && isFair && this.#below < places ? this.#below : 0;
    const copied = variant === 'live' && this.#share > 0;
    const recording = copied ? this.#shadow?.begin(request, this.#share) : undefined;
    const trial = variant === 'canary' ? probation : undefined;
    return new Attempt(variant, this.#rollout, { isJudged: true, trial, place, cookie, tenths }, recording);
  }

  #matched(match: Match): Attempt {
    const isTest = 'isTest' in match && match.isTest;
    if (match.to === 'live' || isTest) return this.#attempt(match.to);
    const { cohort } = this.#rollout;
    return cohort.admits ? this.#attempt('canary', cohort) : this.#attempt('live');
  }

  /** A request that is no fair sample. */
  #attempt(variant: Variant, trial?: Trial): Attempt {
    const sample = { isJudged: false, trial, place: places, cookie: undefined, tenths: 0 };
    return new Attempt(variant, this.#rollout, sample, undefined);
  }

  /** Requests go by numbers that were worked out before. */
  #apply(): void {
    const below = Math.round(this.#rollout.weight * 10);
    if (below !== this.#below) this.#rollout.onWeight();
    this.#below = below;
    this.#share = this.#rollout.share;
  }

  #shadowFor({ shadow, steps, canary }: RouterConfig): Shadow | undefined {
    if (!shadow && !steps?.some((step) => step.shadow)) return undefined;
    const { pure = [], ignore = [], atOnce = 8 } = shadow ?? {};
    return new Shadow({ pure, ignore, atOnce }, new URL(canary), () => this.#rollout.sawCopy());
  }

  #heardRouters(seen: Said['seen']): HeardRouter[] {
    const now = performance.now();
    for (const [router, at] of this.#heard) if (now - at > heardMs) this.#heard.delete(router);
    return [[this.router, now] as const, ...this.#heard].map(([router, at]) => {
      const { live, canary } = seen[router]?.variants ?? {};
      const requests = readingOf([live, canary].filter((one) => one !== undefined)).requests;
      return { router, requests, secondsAgo: Math.round((now - at) / 1000) };
    });
  }
}

/** Who waits for the first word of the canary on a request. */
interface Trial {
  began(): void;
  /** @param failed undefined where that says nothing of the canary */
  ended(failed: boolean | undefined, place: number): void;
}

/** What a request says of its variant. */
interface Sample {
  /** Whether it is a fair sample. */
  isJudged: boolean;
  trial: Trial | undefined;
  /** Where its client stands. */
  place: number;
  /** The cookie that its client gets. */
  cookie: string | undefined;
  /** The weight at which its client is new, in tenths of a percent; 0 where it is not, or where more than the weight decided. */
  tenths: number;
}

/** A request on its way to one of the two. There is one for each request, so it has no functions of its own. */
class Attempt implements Passage {
  readonly toService: readonly string[];
  readonly toClient: readonly string[];
  readonly onBody: Recording['onBody'] | undefined;
  readonly onData: Recording['onData'] | undefined;
  readonly #since = performance.now();
  readonly #isJudged: boolean;
  readonly #tenths: number;
  readonly #place: number;
  #status: number | undefined;
  #outcome: number | undefined;
  /** Who waits for it. */
  #trial: Trial | undefined;

  constructor(
    readonly component: Variant,
    private readonly rollout: Rollout,
    { isJudged, trial, place, cookie, tenths }: Sample,
    private readonly recording: Recording | undefined,
  ) {
    this.#isJudged = isJudged;
    this.#trial = trial;
    this.#place = place;
    this.#tenths = tenths;
    this.toService = lines[component];
    this.toClient =
      cookie === undefined ? lines[component] : [variantHeader, component, 'set-cookie', cookie];
    this.onBody = recording?.onBody;
    this.onData = recording?.onData;
    trial?.began();
  }

  onHead(status: number, headers: readonly string[]): readonly string[] {
    this.#status = status;
    this.#settle(status >= 500);
    this.recording?.onHead(status, headers);
    const at = outcomeAt(headers);
    if (at === -1) return headers;
    this.#outcome = Number(headers[at + 1] || NaN);
    return [...headers.slice(0, at), ...headers.slice(at + 2)];
  }

  onEnd(how: End): void {
    const status = this.#status;
    const { component } = this;
    const isJudged = this.#isJudged;
    const ms = performance.now() - this.#since;
    if (how === 'cut' && status === undefined) {
      this.#settle(this.rollout.sawLeave(component, { ms, isJudged }) ? true : undefined);
      return;
    }
    const failed = how === 'broken' || status === undefined || status >= 500;
    this.#settle(failed);
    this.rollout.saw(component, { failed, ms, isJudged, outcome: this.#outcome });
    if (how !== 'answered') return;
    if (this.#tenths > 0) this.rollout.assigned(component, this.#tenths);
    this.recording?.end();
  }

  /** The first word on the canary is what others wait for: a stream may last for hours. */
  #settle(failed: boolean | undefined): void {
    this.#trial?.ended(failed, this.#place);
    this.#trial = undefined;
  }
}

/** What a request was worth to the service: a number in this header, which is no business of its clients. */
const outcomeHeader = 'x-skill-outcome';

function outcomeAt(headers: readonly string[]): number {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.length === outcomeHeader.length && name.toLowerCase() === outcomeHeader) return i;
  }
  return -1;
}

type Match = RouterConfig['matches'][number];

/** The first match that fits a request, which says where it must go. */
function matched(matches: readonly Match[], request: IncomingMessage): Match | undefined {
  return matches.find((match) => fits(match, request));
}

function fits(match: Match, { headers, url = '/' }: IncomingMessage): boolean {
  if ('header' in match) return String(headers[match.header.name.toLowerCase()]) === match.header.value;
  if ('cookie' in match)
    return valuesOf(headers.cookie ?? '', match.cookie.name).includes(match.cookie.value);
  return isBelow(url.split('?', 1)[0] as string, match.path);
}

/** Whole segments: "/api" does not match "/apix". */
function isBelow(path: string, prefix: string): boolean {
  const folder = prefix.endsWith('/') ? prefix : `${prefix}/`;
  return path === prefix || path.startsWith(folder);
}
