import { abortable } from '@odoobo/machine/time';
import type { LimitFunction } from 'p-limit';
import pLimit from 'p-limit';
import type { Apps } from '../deploy/app-list.js';
import { type DeployResult, type Happening, ownCauseCodes } from '../deploy/events.js';
import { DeployFailure } from '../deploy/failure.js';
import { type DeployDeps, emitter, endingOf, withFleet } from '../deploy/fleet.js';
import { redactDeep, redactSecrets } from '../deploy/redact.js';
import { type DeployRequest, type Ending, type Fleet, SkillRun } from '../deploy/skill-run.js';
import { rollBack } from '../rollback/automatic.js';
import { deploySkill } from './deploy-skill.js';
import { type Deploying, Waves } from './earlier-wave.js';
import { FailureBudget } from './failure-budget.js';

/**
 * Deploys many skills at once, each independently: one that fails does not stop the others. It reads the list of apps once
 * at the start, and uses one poller and one write per changed skill.
 * @returns a result for each request, in their order; a failed deploy is a result, not an exception
 */
export async function deployFleet(requests: DeployRequest[], deps: DeployDeps): Promise<DeployResult[]> {
  if (requests.length === 0) return [];
  return withFleet(deps, requests.length, (fleet) => new FleetDeploy(requests, fleet, deps).results());
}

/** One call of `deployFleet`: which skill waits for which, and the events of each. */
class FleetDeploy {
  readonly #deploying = new Map<DeployRequest, Deploying>();
  readonly #waves: Waves;
  readonly #budget: FailureBudget;
  /** Limits the deployments that are in progress at once. */
  readonly #turn: LimitFunction;
  readonly #bySkill: ReadonlyMap<string, DeployRequest>;
  readonly #problems: ReadonlyMap<DeployRequest, DeployFailure>;
  readonly #redact: (text: string) => string;
  readonly #apps: Promise<Apps>;
  readonly #emit: (skill: string, happening: Happening) => void;

  constructor(
    readonly requests: DeployRequest[],
    readonly fleet: Fleet,
    readonly deps: DeployDeps,
  ) {
    this.#budget = new FailureBudget(requests, deps.maxFailedPercent);
    // Where the end of one decides about others, they wait for the reason of each failure.
    const decide = deps.maxFailedPercent !== undefined || requests.some(({ together }) => together);
    if (!decide) fleet.writes.expect(requests);
    this.#waves = new Waves(fleet, this.#budget);
    this.#turn = pLimit(deps.maxAtOnce ?? Number.POSITIVE_INFINITY);
    this.#bySkill = new Map(requests.map((request) => [request.skill, request]));
    this.#problems = findProblems(requests);
    const hideSecrets = redactSecrets(requests.map(({ spec }) => spec));
    this.#redact = (text) => deps.redact?.(hideSecrets(text)) ?? hideSecrets(text);
    this.#emit = emitter(deps, fleet.clock, this.#redact);
    this.#apps = fleet.apps.read(fleet.signal);
    // Each skill reports this error in its own result.
    this.#apps.catch(() => undefined);
  }

  results(): Promise<DeployResult[]> {
    return Promise.all(this.requests.map((request) => this.#resultOf(request)));
  }

  #resultOf(request: DeployRequest): Promise<DeployResult> {
    return this.#deployingOf(request).result;
  }

  #deployingOf(request: DeployRequest): Deploying {
    const known = this.#deploying.get(request);
    if (known) return known;
    const { skill } = request;
    const run = new SkillRun(request, this.fleet, (happening) => this.#emit(skill, happening));
    const shipped = endingOf(
      () => run,
      () => this.#ship(run),
    );
    const deploying = { run, shipped, result: this.#resultAfter(run, shipped) };
    this.#deploying.set(request, deploying);
    return deploying;
  }

  async #resultAfter(run: SkillRun, shipped: Promise<Ending>): Promise<DeployResult> {
    const { clock } = this.fleet;
    const { skill, digest, commit } = run.request;
    const startedAt = clock.now();
    const own = await shipped;
    this.fleet.writes.settle(skill);
    const ending = await endingOf(
      () => run,
      () => this.#withWave(run, own),
    );
    const durationMs = clock.now() - startedAt;
    const full = { skill, ...ending, ...(commit && { commit }), ...run.known, digest, durationMs };
    const result = redactDeep(full, this.#redact);
    this.#emit(skill, { type: 'finished', result, ...(run.steps?.length && { steps: run.steps }) });
    return result;
  }

  async #ship(run: SkillRun): Promise<Ending> {
    const problem = this.#problems.get(run.request);
    if (problem) throw problem;
    await this.#dependenciesLive(run);
    await this.#earlierWave(run);
    const apps = await abortable(this.#apps, this.fleet.signal);
    // Only what waits for nothing else takes a turn, so that those that it waits for get theirs.
    return this.#turn(async () => {
      this.fleet.signal.throwIfAborted();
      this.#budget.requireLeft();
      const ending = await endingOf(
        () => run,
        () => deploySkill(run, apps.named(run.request.spec.name)),
      );
      // Before the turn ends, so that the next one knows of it.
      this.#budget.count(run.request, ending);
      return ending;
    });
  }

  async #earlierWave(run: SkillRun): Promise<void> {
    const { earlier } = run.request;
    if (!earlier) return;
    const apps = this.#appsOf(earlier.skills);
    if (apps.length > 0) await this.#waves.pass(run, earlier, apps);
  }

  /** The ending of an app whose wave is all or nothing: it is rolled back if that has not passed. */
  async #withWave(run: SkillRun, own: Ending): Promise<Ending> {
    const { skill, together } = run.request;
    if (!together || own.outcome !== 'deployed') return own;
    const { wave, skills } = together;
    run.emit({ type: 'waiting', reason: 'wave', for: `the rest of wave ${wave}: ${skills.join(', ')}` });
    const soak = this.requests.find(({ earlier }) => earlier?.skills.includes(skill))?.earlier;
    const trouble = await abortable(
      this.#waves.trouble(run, this.#appsOf([skill, ...skills]), soak),
      this.fleet.signal,
    );
    return trouble === undefined ? own : this.#turn(() => rollBackWithWave(run, own, wave, trouble));
  }

  #appsOf(skills: readonly string[]): Deploying[] {
    return skills.flatMap((skill) => {
      const request = this.#bySkill.get(skill);
      return request ? [this.#deployingOf(request)] : [];
    });
  }

  async #dependenciesLive(run: SkillRun): Promise<void> {
    for (const skill of run.request.after ?? []) {
      const dependency = this.#bySkill.get(skill);
      if (!dependency) continue;
      run.emit({ type: 'waiting', reason: 'dependency', for: skill });
      const { outcome } = await abortable(this.#resultOf(dependency), this.fleet.signal);
      if (outcome === 'deployed' || outcome === 'unchanged') continue;
      throw new DeployFailure({
        outcome: 'skipped',
        code: ownCauseCodes.dependency,
        message: `"${skill}" must be live first, but its deploy ended as ${outcome}`,
      });
    }
  }
}

/** Requests that cannot be carried out, regardless of the platform. */
export function findProblems(requests: readonly DeployRequest[]): Map<DeployRequest, DeployFailure> {
  const problems = new Map<DeployRequest, DeployFailure>();
  const cyclic = inDependencyCycle(requests);
  const owners = new Map<string, string>();
  for (const request of requests) {
    const { skill, spec } = request;
    const owner = owners.get(spec.name);
    if (owner !== undefined) {
      const message = `this run already deploys the app "${spec.name}" for "${owner}": give each app its own name`;
      problems.set(request, new DeployFailure({ code: ownCauseCodes.duplicate, message }));
    } else if (cyclic.has(skill)) {
      const message = `"${skill}" depends on itself: ${[...cyclic].join(', ')} wait for each other`;
      problems.set(request, new DeployFailure({ code: ownCauseCodes.cycle, message }));
    }
    owners.set(spec.name, owner ?? skill);
  }
  return problems;
}

interface Ordered {
  skill: string;
  after?: string[];
}

/** The skills that depend on themselves through others. */
export function inDependencyCycle(requests: readonly Ordered[]): Set<string> {
  const after = new Map(requests.map((request) => [request.skill, request.after ?? []]));
  return new Set(requests.map(({ skill }) => skill).filter((skill) => reach(skill, after).has(skill)));
}

/** All skills that must be live before a skill, directly or not. */
function reach(skill: string, after: ReadonlyMap<string, string[]>): Set<string> {
  const reached = new Set<string>();
  const open = [...(after.get(skill) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    open.push(...(after.get(next) ?? []));
  }
  return reached;
}

/**
 * Rolls back a healthy app because its wave has not passed. An app that this run has created has nothing to go back to: it stays
 * live.
 */
async function rollBackWithWave(run: SkillRun, own: Ending, wave: number, trouble: string): Promise<Ending> {
  const { known, verified } = run;
  if (!verified) return own;
  const message = `wave ${wave} has not passed: ${trouble}`;
  if (known.previousDeploymentId === undefined)
    return { ...own, note: `${message}. No version was live here before, so this one stays live` };
  return rollBack(
    run,
    verified.applied,
    new DeployFailure({ code: ownCauseCodes.wave, phase: 'ACTIVE', message }),
  );
}
