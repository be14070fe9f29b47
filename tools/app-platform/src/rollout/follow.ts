import { abortable, durationMs } from '@odoobo/machine/time';
import type { LiveApp } from '../check/live-app.js';
import type { Applied } from '../deploy/apply.js';
import { ownCauseCodes } from '../deploy/events.js';
import { DeployFailure } from '../deploy/failure.js';
import type { SkillRun } from '../deploy/skill-run.js';
import { stillThere } from '../deploy/stages.js';
import type { App } from '../spec/index.js';
import type { Canary } from '../versions/mark.js';
import { rolloutEvent } from './rollout-event.js';
import { Routers, type RouterState, RouterTrouble, statePathIn } from './router-state.js';
import type { RolloutPlan, RolloutWish } from './wish.js';

const pollMs = 1_000;
/** How long routers may not answer: a platform may move all of them at once. */
const longestSilenceMs = 60_000;
/** At which distance counts are reported while nothing else changes. */
const reportMs = 5_000;
/** How long a step may take beyond what it says, and the start and the end beside the steps. */
const spareMs = 3_600_000;

/** How a rollout has ended, or why it does not go on by itself. */
export type RolloutEnd =
  | { end: 'done' }
  /** @param isPlanned whether it is an experiment that has ended as it had to */
  | { end: 'out'; because: string; isPlanned: boolean }
  | { end: 'held' | 'waits'; because: string }
  /** Something else is live. */
  | { end: 'replaced'; app: App };

/**
 * Follows what the routers of a rollout do, second by second, until it needs a write or a person.
 * @throws DeployFailure if the routers do not answer, or if the rollout takes longer than its plan allows
 */
export async function followRollout(
  run: SkillRun,
  { app, deployment }: Applied,
  canary: Canary,
  wish: RolloutWish,
): Promise<RolloutEnd> {
  const routers = new Routers({
    url: run.known.url ?? app.live_url ?? '',
    path: statePathIn(deployment.spec ?? app.spec, canary.service) ?? '/',
    rollout: canary.rollout,
    secret: wish.secretOf(canary.rollout),
  });
  try {
    return await new Following(run, { app, deployment, canary, wish, routers }).untilEnd();
  } finally {
    await routers.close();
  }
}

interface Followed {
  app: App;
  deployment: Applied['deployment'];
  canary: Canary;
  wish: RolloutWish;
  routers: Routers;
}

class Following {
  #answeredAt: number;
  #reported = '';
  #reportedAt = -Infinity;
  #testedStep = -1;

  constructor(
    readonly run: SkillRun,
    readonly followed: Followed,
  ) {
    this.#answeredAt = run.fleet.clock.now();
  }

  async untilEnd(): Promise<RolloutEnd> {
    const { clock, signal } = this.run.fleet;
    const until = clock.now() + longestMs(this.followed.wish.plan);
    while (clock.now() < until) {
      const end = await this.#look(signal);
      if (end) return end;
      await clock.sleep(pollMs, signal);
    }
    throw new DeployFailure({
      outcome: 'held',
      code: ownCauseCodes.rolloutHeld,
      message: `rollout ${this.followed.canary.rollout} has taken longer than its steps allow, and is still under way`,
    });
  }

  async #look(signal: AbortSignal): Promise<RolloutEnd | undefined> {
    try {
      const state = await this.followed.routers.state(signal);
      this.#answeredAt = this.run.fleet.clock.now();
      this.#report(state);
      return endOf(state) ?? (await this.#test(state, signal));
    } catch (error) {
      if (!(error instanceof RouterTrouble)) throw error;
      return this.#withoutAnswer(error, signal);
    }
  }

  /** Another deploy may have ended the rollout, and its routers with it. */
  async #withoutAnswer(trouble: RouterTrouble, signal: AbortSignal): Promise<RolloutEnd | undefined> {
    const { app, deployment, canary } = this.followed;
    const now = await stillThere(this.run, app, signal);
    if (now.active_deployment?.id !== deployment.id) return { end: 'replaced', app: now };
    if (this.run.fleet.clock.now() - this.#answeredAt < longestSilenceMs) return undefined;
    throw new DeployFailure({
      code: ownCauseCodes.noRouter,
      phase: 'ACTIVE',
      message: `the routers of rollout ${canary.rollout} have not answered for ${longestSilenceMs / 1000} s (${trouble.message}). The rollout is still under way`,
      cause: trouble,
    });
  }

  #report(state: RouterState): void {
    const { run } = this;
    const { phase, weight, step, verdict } = state;
    const seen = JSON.stringify([phase, weight, step?.index, step?.waitsFor, verdict.answer]);
    const now = run.fleet.clock.now();
    if (seen === this.#reported && now - this.#reportedAt < reportMs) return;
    this.#reported = seen;
    this.#reportedAt = now;
    run.emit(rolloutEvent(state));
  }

  /** Runs the smoke test of the skill against the canary, once at each step; a canary that fails it is taken out. */
  async #test(state: RouterState, signal: AbortSignal): Promise<undefined> {
    const { run, followed } = this;
    const { canaryTest } = run.fleet;
    const header = followed.wish.canaryHeader?.(state.rollout);
    const step = state.step?.index ?? 0;
    if (!canaryTest || !header || state.phase !== 'going' || step === this.#testedStep) return;
    const { url } = followed.routers.address;
    const canary: LiveApp = {
      url,
      headers: { [header.name]: header.value },
      deploymentId: followed.deployment.id,
      ...(!run.request.reportsOwnDigest && { digest: run.request.digest }),
    };
    run.emit({ type: 'smoke-testing', url });
    const problems = await abortable(canaryTest(run.request.skill, canary, signal), signal);
    this.#testedStep = step;
    if (problems.length === 0) run.emit({ type: 'smoke-tested', url });
    else {
      const because = ['the smoke test of the canary failed:', ...problems].join('\n  ');
      await followed.routers.tell({ do: 'abort', because }, signal);
    }
  }
}

function endOf({ phase, out, step, held }: RouterState): RolloutEnd | undefined {
  if (phase === 'done') return { end: 'done' };
  if (phase === 'out') {
    const { because = 'the routers have taken it out', isPlanned = false } = out ?? {};
    return { end: 'out', because, isPlanned };
  }
  if (phase === 'held') return { end: 'held', because: held?.because ?? 'a person decides' };
  const waitsFor = step?.waitsFor ?? [];
  const isForPerson = waitsFor.length > 0 && waitsFor.every((one) => one === 'approval');
  return isForPerson
    ? { end: 'waits', because: `step ${(step?.index ?? 0) + 1} needs an approval` }
    : undefined;
}

/** The routers obey the deadlines of the steps; this is for routers that do not. */
function longestMs({ steps }: RolloutPlan): number {
  const each = steps.map(({ for: least, deadline }) =>
    Math.max(durationMs(least ?? '') ?? 0, durationMs(deadline ?? '') ?? 0),
  );
  return each.reduce((sum, ms) => sum + ms + spareMs, spareMs);
}
