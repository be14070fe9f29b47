import pLimit from 'p-limit';
import { Agent } from 'undici';
import { z } from 'zod';
import { backoff } from '../client/backoff.js';
import { abortable, startDeadline, type Clock } from '../clock.js';
import { ownCauseCodes } from './events.js';
import { DeployFailure } from './failure.js';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;
const TRY_TIMEOUT_MS = 10_000;
/** Of a thousand apps that go live in the same second, so many are asked at once, each over a connection of its own. */
const ASKED_AT_ONCE = 100;
const MAX_BODY_BYTES = 64 * 1024;

/** What a service says of itself; only the digest is looked at. */
const healthSchema = z.looseObject({ digest: z.string() });

export interface VerifyTarget {
  /** The app's public URL. */
  url: string;
  healthPath: string;
  /** The artefact that should answer; a service that tells another one is the earlier version still. */
  digest?: string | undefined;
}

/** Asks live services for their health, over connections of its own. */
export class Verifier {
  readonly #asking = pLimit(ASKED_AT_ONCE);
  // Without pipelining a connection is closed after its answer: most services are asked once.
  readonly #agent = new Agent({
    connect: { timeout: TRY_TIMEOUT_MS },
    maxResponseSize: MAX_BODY_BYTES,
    pipelining: 0,
  });

  constructor(
    readonly clock: Clock,
    readonly timeoutMs: number,
  ) {}

  /**
   * GETs the health path until it answers 200, waiting longer each time.
   * @returns how many tries it took
   * @throws DeployFailure when it does not within the deadline; the signal's reason when it is aborted
   */
  async verify(target: VerifyTarget, signal: AbortSignal): Promise<number> {
    const deadline = startDeadline(this.clock, this.timeoutMs, signal);
    let trouble = 'no answer yet';
    try {
      for (let tries = 1; ; tries += 1) {
        const asking = this.#asking(() => this.#ask(target, deadline.signal));
        const found = await abortable(asking, deadline.signal);
        if (found === undefined) return tries;
        trouble = found;
        await this.clock.sleep(backoff(tries, FIRST_WAIT_MS, LONGEST_WAIT_MS), deadline.signal);
      }
    } catch (error) {
      if (error !== deadline.passed) throw error;
      const at = healthUrl(target).href;
      throw new DeployFailure({
        code: ownCauseCodes.unhealthy,
        phase: 'ACTIVE',
        message: `GET ${at} did not answer 200 within ${this.timeoutMs / 1000} s: ${trouble}`,
        cause: error,
      });
    } finally {
      deadline.clear();
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  /** Nothing when all is well, else what is not. */
  async #ask(target: VerifyTarget, signal: AbortSignal): Promise<string | undefined> {
    const url = healthUrl(target);
    try {
      const reply = await this.#agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'GET',
        headers: { accept: 'application/json' },
        headersTimeout: TRY_TIMEOUT_MS,
        bodyTimeout: TRY_TIMEOUT_MS,
        signal,
      });
      const body = await reply.body.text();
      if (reply.statusCode !== 200) return `it answered ${reply.statusCode}`;
      const digest = digestOf(body);
      const other = target.digest !== undefined && digest !== undefined && digest !== target.digest;
      return other ? `artefact ${digest} answers, not ${target.digest}` : undefined;
    } catch (error) {
      signal.throwIfAborted();
      return error instanceof Error ? error.message : String(error);
    }
  }
}

export function healthUrl({ url, healthPath }: VerifyTarget): URL {
  return new URL(healthPath, url);
}

function digestOf(body: string): string | undefined {
  try {
    return healthSchema.safeParse(JSON.parse(body)).data?.digest;
  } catch {
    return undefined;
  }
}
