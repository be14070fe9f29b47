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
  #run: Run;
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
    this.#run = runOf(config);
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
    this.#run = runOf(config);
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
      verdict: this.#run.judge.verdict(verdict.requests),
      variants: { live: this.#run.live.read(), canary: this.#run.canary.read() },
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
    if (failed || this.#out) return this.#attempt('live', false);
    const { matches, weight } = this.#config;
    const match = matches.length > 0 ? matched(matches, request) : undefined;
    if (match) return this.#attempt(match, false);
    if (weight >= 100) return this.#attempt('canary', true);
    if (weight <= 0) return this.#attempt('live', true, undefined, this.#shadow?.begin(request));
    const { place, cookie } = this.#places.of(request);
    if (place < Math.round(weight * 10)) return this.#attempt('canary', true, cookie);
    return this.#attempt('live', true, cookie, this.#shadow?.begin(request));
  }

  #attempt(variant: Variant, judged: boolean, cookie?: string, recording?: Recording): Attempt {
    return new Attempt(variant, this.#run, judged, this.#onOutcome, cookie, recording);
  }

  readonly #onOutcome = ({ run, component, isJudged }: Attempt, failed: boolean, ms: number): void => {
    run[component].add(failed, ms);
    if (isJudged) run.judge.saw(component, { failed, ms });
    if (run === this.#run && run.judge.isBad && !this.#out) this.#putOut(this.#found());
  };

  #found(): Out {
    const { because } = this.#run.judge.verdict(this.#config.verdict.requests);
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

/** What was seen of one rollout. */
interface Run extends Record<Variant, Counts> {
  judge: Judge;
}

function runOf(config: RouterConfig): Run {
  return { judge: judgeFor(config), live: new Counts(), canary: new Counts() };
}

type OnOutcome = (attempt: Attempt, failed: boolean, ms: number) => void;

/** A request on its way to one of the two. There is one for each request, so it has no functions of its own. */
class Attempt implements Passage {
  readonly toService: readonly string[];
  readonly toClient: readonly string[];
  readonly onBody: Recording['onBody'] | undefined;
  readonly onData: Recording['onData'] | undefined;
  readonly #since = performance.now();
  #status: number | undefined;

  constructor(
    readonly component: Variant,
    readonly run: Run,
    /** Whether it is a fair sample of its variant. */
    readonly isJudged: boolean,
    private readonly onOutcome: OnOutcome,
    cookie: string | undefined,
    private readonly recording: Recording | undefined,
  ) {
    this.toService = lines[component];
    this.toClient =
      cookie === undefined ? lines[component] : [variantHeader, component, 'set-cookie', cookie];
    this.onBody = recording?.onBody;
    this.onData = recording?.onData;
  }

  onHead(status: number, headers: readonly string[]): void {
    this.#status = status;
    this.recording?.onHead(status, headers);
  }

  /** A client that leaves before the answer begins has waited in vain. */
  onEnd(how: End): void {
    const status = this.#status;
    const failed = how === 'broken' || status === undefined || status >= 500;
    this.onOutcome(this, failed, performance.now() - this.#since);
    if (how === 'answered') this.recording?.end();
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
