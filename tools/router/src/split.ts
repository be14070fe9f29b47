import type { End, Passage, Steering } from '@odoobo/ingress';
import { Judge, type Variant, type Verdict } from '@odoobo/verdict';
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RouterConfig } from './config.js';
import { Counts, type CountsReading } from './counts.js';
import { matched } from './matches.js';
import { Places } from './places.js';
import { type Recording, Shadow, type ShadowReading } from './shadow.js';

/** Where the state is read, with the secret as bearer token. Without it the path belongs to the service. */
export const statePath = '/.well-known/skill-router';

/** Where a request came out, for the service and for its client. */
export const variantHeader = 'x-skill-variant';

/** Why the canary gets no more requests. */
export interface Out {
  at: string;
  because: string;
}

export interface RouterState {
  rollout: string;
  /** The percentage of the clients that the canary serves now: 0 when it is out. */
  weight: number;
  out: Out | null;
  verdict: Verdict;
  variants: Record<Variant, CountsReading>;
  shadow: ShadowReading | null;
}

const lines: Record<Variant, readonly string[]> = {
  live: [variantHeader, 'live'],
  canary: [variantHeader, 'canary'],
};

/** Decides for each request whether the canary or what is live takes it, and watches how that ends. */
export class Split implements Steering {
  #config: RouterConfig;
  #places: Places;
  #judge: Judge;
  #counts = { live: new Counts(), canary: new Counts() };
  #shadow: Shadow | undefined;
  #out: Out | null = null;

  /** @param onOut called once a rollout when the canary was shown to be worse; it gets no request from then on */
  constructor(
    config: RouterConfig,
    private readonly secret: string,
    private readonly onOut: (out: Out) => void,
  ) {
    this.#config = config;
    this.#places = new Places(config, secret);
    this.#judge = judgeFor(config);
    this.#shadow = shadowFor(config);
  }

  /** From now on requests go by this. Within a rollout, what was seen and a verdict stay. */
  configure(config: RouterConfig): void {
    const before = this.#config;
    this.#config = config;
    this.#places = new Places(config, this.secret);
    if (JSON.stringify([before.shadow, before.canary]) !== JSON.stringify([config.shadow, config.canary])) {
      this.#shadow?.close();
      this.#shadow = shadowFor(config);
    }
    if (before.rollout === config.rollout) return;
    this.#judge = judgeFor(config);
    this.#counts = { live: new Counts(), canary: new Counts() };
    this.#out = null;
  }

  /** What another router has put out is out here, too. */
  learn(rollout: string, { at, because }: Out): void {
    if (rollout !== this.#config.rollout || this.#out) return;
    this.#putOut({ at, because: `Another router found it: ${because}` });
  }

  get state(): RouterState {
    const { rollout, weight, verdict } = this.#config;
    return {
      rollout,
      weight: this.#out ? 0 : weight,
      out: this.#out,
      verdict: this.#judge.verdict(verdict.requests),
      variants: { live: this.#counts.live.read(), canary: this.#counts.canary.read() },
      shadow: this.#shadow?.read() ?? null,
    };
  }

  answers(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.url !== statePath || request.method !== 'GET' || !this.#isAllowed(request)) return false;
    const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
    response.writeHead(200, headers).end(`${JSON.stringify(this.state)}\n`);
    return true;
  }

  steer(request: IncomingMessage, failed?: Passage): Passage {
    // Who takes over for a canary is no fair sample of what is live.
    if (failed || this.#out) return this.#attempt('live', { judged: false });
    const { matches, weight } = this.#config;
    const match = matches.length > 0 ? matched(matches, request) : undefined;
    if (match) return this.#attempt(match, { judged: false });
    if (weight <= 0 || weight >= 100) return this.#unsplit(request, weight >= 100 ? 'canary' : 'live');
    const { place, cookie } = this.#places.of(request);
    const variant = place < Math.round(weight * 10) ? 'canary' : 'live';
    return this.#attempt(variant, { judged: true, cookie, recording: this.#recording(variant, request) });
  }

  #unsplit(request: IncomingMessage, variant: Variant): Passage {
    return this.#attempt(variant, { judged: true, recording: this.#recording(variant, request) });
  }

  #recording(variant: Variant, request: IncomingMessage): Recording | undefined {
    return variant === 'live' ? this.#shadow?.begin(request) : undefined;
  }

  #attempt(
    variant: Variant,
    how: { judged: boolean; cookie?: string | undefined; recording?: Recording | undefined },
  ) {
    const judge = how.judged ? this.#judge : undefined;
    const counts = this.#counts[variant];
    return new Attempt(variant, how, (failed, ms) => {
      counts.add(failed, ms);
      judge?.saw(variant, { failed, ms });
      if (judge === this.#judge && judge.isBad && !this.#out) this.#putOut(this.#found());
    });
  }

  #found(): Out {
    const { because } = this.#judge.verdict(this.#config.verdict.requests);
    return { at: new Date().toISOString(), because };
  }

  #putOut(out: Out): void {
    this.#out = out;
    this.onOut(out);
  }

  #isAllowed({ headers }: IncomingMessage): boolean {
    const digest = (text: string): Buffer => hash('sha256', text, 'buffer');
    return timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${this.secret}`));
  }
}

/** A request on its way to one of the two. */
class Attempt implements Passage {
  readonly component: Variant;
  readonly toService: readonly string[];
  readonly toClient: readonly string[];
  readonly onBody: Recording['onBody'] | undefined;
  readonly onData: Recording['onData'] | undefined;
  readonly #recording: Recording | undefined;
  readonly #onOutcome: (failed: boolean, ms: number) => void;
  readonly #since = performance.now();
  #status: number | undefined;

  constructor(
    variant: Variant,
    { cookie, recording }: { cookie?: string | undefined; recording?: Recording | undefined },
    onOutcome: (failed: boolean, ms: number) => void,
  ) {
    this.component = variant;
    this.toService = lines[variant];
    this.toClient = cookie === undefined ? lines[variant] : [...lines[variant], 'set-cookie', cookie];
    this.#recording = recording;
    this.onBody = recording?.onBody;
    this.onData = recording?.onData;
    this.#onOutcome = onOutcome;
  }

  onHead(status: number, headers: readonly string[]): void {
    this.#status = status;
    this.#recording?.onHead(status, headers);
  }

  /** A client that leaves before the answer begins has waited in vain. */
  onEnd(how: End): void {
    const status = this.#status;
    const failed = how === 'broken' || status === undefined || status >= 500;
    this.#onOutcome(failed, performance.now() - this.#since);
    if (how === 'answered') this.#recording?.end();
  }
}

function judgeFor({ verdict, routers }: RouterConfig): Judge {
  const { requests: _, falseAborts, maxFailures, p95 } = verdict;
  return new Judge({
    // Each router judges what it sees: together they may be wrong no more often than was asked.
    falseAborts: falseAborts / routers,
    ...(maxFailures !== undefined && { maxFailures }),
    ...(p95 && { p95 }),
  });
}

function shadowFor({ shadow, canary }: RouterConfig): Shadow | undefined {
  return shadow && shadow.share > 0 ? new Shadow(shadow, new URL(canary)) : undefined;
}
