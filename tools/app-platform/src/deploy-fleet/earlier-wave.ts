import { abortable } from '@odoobo/machine/time';
import { type DeployResult, ownCauseCodes } from '../deploy/events.js';
import { DeployFailure } from '../deploy/failure.js';
import type { EarlierWave, Fleet, SkillRun } from '../deploy/skill-run.js';
import type { FailureBudget } from './failure-budget.js';

/** An app of an earlier wave: its run, and how that ends. */
export interface Deploying {
  run: SkillRun;
  result: Promise<DeployResult>;
}

/** The waits for earlier waves of a run: apps of a wave share the soak time of the one before. */
export class Waves {
  readonly #soaks = new Map<string, Promise<string | undefined>>();

  constructor(
    readonly fleet: Fleet,
    readonly budget: FailureBudget,
  ) {}

  /**
   * Waits until the apps of an earlier wave are live, and healthy after their soak time.
   * @throws DeployFailure if they are not
   */
  async pass(run: SkillRun, earlier: EarlierWave, apps: readonly Deploying[]): Promise<void> {
    const { wave, skills, soakMs } = earlier;
    run.emit({ type: 'waiting', reason: 'wave', for: `wave ${wave}: ${skills.join(', ')}` });
    const results = await abortable(Promise.all(apps.map(({ result }) => result)), this.fleet.signal);
    const notLive = results.filter(({ outcome }) => outcome !== 'deployed' && outcome !== 'unchanged');
    const live = apps.filter((_, index) => !notLive.some((result) => result === results[index]));
    if (live.length === 0 || !this.budget.allows(notLive.length, apps.length))
      throw held(wave, notLive.map(({ skill, outcome }) => `${skill} ended as ${outcome}`).join(', '));
    const until = Math.max(...live.map(({ run: { verified } }) => (verified?.since ?? 0) + soakMs));
    if (until <= this.fleet.clock.now()) return;
    const shown = new Date(until).toISOString();
    run.emit({ type: 'waiting', reason: 'wave', for: `the soak time of wave ${wave}, until ${shown}` });
    const trouble = await this.#soak(skills.join(','), until, live);
    if (trouble !== undefined) throw held(wave, `after its soak time, ${trouble}`);
  }

  #soak(key: string, until: number, apps: readonly Deploying[]): Promise<string | undefined> {
    const soaking = this.#soaks.get(key) ?? this.#afterSoak(until, apps);
    this.#soaks.set(key, soaking);
    return soaking;
  }

  /** @returns what is wrong with the apps then */
  async #afterSoak(until: number, apps: readonly Deploying[]): Promise<string | undefined> {
    const { clock, signal, verifier } = this.fleet;
    await clock.sleep(until - clock.now(), signal);
    const checks = apps.map(async ({ run: { request, verified } }) => {
      try {
        if (verified) await verifier.verify(verified.target, signal);
        return [];
      } catch (error) {
        if (error instanceof DeployFailure) return [`${request.skill} is not healthy: ${error.message}`];
        throw error;
      }
    });
    const troubles = (await Promise.all(checks)).flat();
    return troubles.length > 0 ? troubles.join('; ') : undefined;
  }
}

function held(wave: number, why: string): DeployFailure {
  return new DeployFailure({
    outcome: 'skipped',
    code: ownCauseCodes.earlierWave,
    message: `wave ${wave} has not passed: ${why}. This app was not changed`,
  });
}
