import { abortable } from '@odoobo/machine/time';
import { type DeployResult, ownCauseCodes } from '../deploy/events.js';
import { DeployFailure } from '../deploy/failure.js';
import type { EarlierWave, Ending, Fleet, SkillRun } from '../deploy/skill-run.js';
import type { FailureBudget } from './failure-budget.js';

/** An app of a wave: its run, and how that ends. */
export interface Deploying {
  run: SkillRun;
  /** How its own deploy ends. */
  shipped: Promise<Ending>;
  /** How it ends, with what its wave means for it. */
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
    const { wave, skills } = earlier;
    run.emit({ type: 'waiting', reason: 'wave', for: `wave ${wave}: ${skills.join(', ')}` });
    const results = await abortable(Promise.all(apps.map(({ result }) => result)), this.fleet.signal);
    const notLive = results.filter(({ outcome }) => outcome !== 'deployed' && outcome !== 'unchanged');
    const live = apps.filter((_, index) => !notLive.some((result) => result === results[index]));
    if (live.length === 0 || !this.budget.allows(notLive.length, apps.length))
      throw held(wave, listOf(notLive));
    const trouble = await this.#troubleAfterSoak(run, earlier, live);
    if (trouble !== undefined) throw held(wave, trouble);
  }

  /**
   * Waits until the apps of a wave have ended, and for their soak time if a later wave does.
   * @returns why the wave has not passed; undefined if it has
   */
  async trouble(
    run: SkillRun,
    apps: readonly Deploying[],
    soak: EarlierWave | undefined,
  ): Promise<string | undefined> {
    const ended = await Promise.all(
      apps.map(async (app) => ({ ...app, outcome: (await app.shipped).outcome })),
    );
    const notLive = ended.filter(({ outcome }) => outcome !== 'deployed' && outcome !== 'unchanged');
    if (!this.budget.allows(notLive.length, apps.length))
      return listOf(notLive.map((one) => ({ skill: one.run.request.skill, outcome: one.outcome })));
    const live = ended.filter((one) => !notLive.includes(one));
    return soak && this.#troubleAfterSoak(run, soak, live);
  }

  async #troubleAfterSoak(
    run: SkillRun,
    { wave, skills, soakMs }: EarlierWave,
    live: readonly Deploying[],
  ): Promise<string | undefined> {
    const until = Math.max(...live.map(({ run: { verified } }) => (verified?.since ?? 0) + soakMs));
    if (until <= this.fleet.clock.now()) return undefined;
    const shown = new Date(until).toISOString();
    run.emit({ type: 'waiting', reason: 'wave', for: `the soak time of wave ${wave}, until ${shown}` });
    const trouble = await this.#soak(skills.join(','), until, live);
    return trouble && `after its soak time, ${trouble}`;
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

function listOf(ended: readonly Pick<DeployResult, 'skill' | 'outcome'>[]): string {
  return ended.map(({ skill, outcome }) => `${skill} ended as ${outcome}`).join(', ');
}

function held(wave: number, why: string): DeployFailure {
  return new DeployFailure({
    outcome: 'skipped',
    code: ownCauseCodes.earlierWave,
    message: `wave ${wave} has not passed: ${why}. This app was not changed`,
  });
}
