import { ownCauseCodes } from '../deploy/events.js';
import { DeployFailure } from '../deploy/failure.js';
import type { DeployRequest, Ending } from '../deploy/skill-run.js';

interface Tally {
  wave: number;
  apps: number;
  failed: string[];
}

/** How many apps of each wave of a run may fail, until nothing more is begun. */
export class FailureBudget {
  readonly #tallies = new Map<number, Tally>();

  /** @param percent of the apps of a wave; undefined for no limit */
  constructor(
    requests: readonly DeployRequest[],
    readonly percent: number | undefined,
  ) {
    for (const request of requests) this.#tallyOf(request).apps += 1;
  }

  /** Counts how an app has ended. */
  count(request: DeployRequest, { outcome }: Ending): void {
    if (outcome === 'failed' || outcome === 'rolled-back') this.#tallyOf(request).failed.push(request.skill);
  }

  /** Whether a wave passes with so many of its apps not live. */
  allows(notLive: number, apps: number): boolean {
    return notLive * 100 <= apps * (this.percent ?? 0);
  }

  /** @throws DeployFailure if more have failed than may */
  requireLeft(): void {
    if (this.percent === undefined) return;
    const spent = [...this.#tallies.values()].find(({ apps, failed }) => !this.allows(failed.length, apps));
    if (!spent) return;
    const { wave, apps, failed } = spent;
    throw new DeployFailure({
      outcome: 'skipped',
      code: ownCauseCodes.tooManyFailed,
      message: `${failed.length} of the ${apps} apps of wave ${wave} failed, which is more than ${this.percent} %: ${named(failed)}. This app was not changed`,
    });
  }

  #tallyOf({ wave = 1 }: DeployRequest): Tally {
    const tally = this.#tallies.get(wave) ?? { wave, apps: 0, failed: [] };
    this.#tallies.set(wave, tally);
    return tally;
  }
}

const mostNamed = 5;

function named(skills: readonly string[]): string {
  const more = skills.length - mostNamed;
  return skills.slice(0, mostNamed).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
