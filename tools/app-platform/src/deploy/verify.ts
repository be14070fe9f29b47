import { abortable, type Clock } from '@odoobo/machine/time';
import pLimit from 'p-limit';
import { checkHealth } from '../check/health.js';
import { LiveService, type Question } from '../check/live-service.js';
import { ownCauseCodes } from './events.js';
import { DeployFailure } from './failure.js';

/** If a thousand apps go live in the same second, this number is checked at once, each over its own connection. */
const askedAtOnce = 100;

export interface VerifyTarget {
  /** The app's public URL. */
  url: string;
  healthPath: string;
  /** The artefact that should answer; a service that reports another one is still the earlier version. */
  digest?: string | undefined;
  /** Sent with each request. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/** Checks the health of apps that have just gone live. */
export class Verifier {
  readonly #asking = pLimit(askedAtOnce);

  constructor(
    readonly clock: Clock,
    readonly timeoutMs: number,
  ) {}

  /**
   * GETs the health path until it answers 200, waiting longer each time.
   * @returns the number of tries
   * @throws DeployFailure when it does not within the deadline; the signal's reason when it is aborted
   */
  async verify({ url, healthPath, digest, headers }: VerifyTarget, signal: AbortSignal): Promise<number> {
    const { clock, timeoutMs } = this;
    const service = new LiveService(url, headers);
    const ask = (question: Question) =>
      abortable(
        this.#asking(() => service.ask(question)),
        question.signal,
      );
    try {
      const inTurn = { at: (path: string) => service.at(path), ask };
      const report = await checkHealth(inTurn, { healthPath, digest, timeoutMs, signal, clock });
      if (report.healthy) return report.attempts;
      throw new DeployFailure({
        code: ownCauseCodes.unhealthy,
        phase: 'ACTIVE',
        message: `GET ${report.url} did not answer 200 within ${timeoutMs / 1000} s: ${report.trouble}`,
      });
    } finally {
      await service.close();
    }
  }
}

export function healthUrl({ url, healthPath }: VerifyTarget): URL {
  return new URL(healthPath, url);
}
