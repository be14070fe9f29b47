import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import type { AppPlatformClient } from '../client/client.js';
import { AppPlatformError } from '../client/errors.js';
import { abortable, systemClock, type Clock } from '../clock.js';
import { AppList, type Apps } from './app-list.js';
import { deploySkill } from './deploy-skill.js';
import { ownCauseCodes, type DeployEvent, type DeployResult, type Happening } from './events.js';
import { DeployFailure } from './failure.js';
import { inDependencyCycle } from './order.js';
import { redactDeep, redactSecrets } from './redact.js';
import { SkillRun, type Claim, type DeployRequest, type Ending, type Fleet } from './run.js';
import { standing } from './stages.js';
import { Verifier } from './verify.js';
import { Watcher } from './watch.js';

export interface DeployDeps {
  client: AppPlatformClient;
  clock?: Clock;
  /** Aborting it ends the run at once; what is under way on the platform goes on and is named in the results. */
  signal?: AbortSignal;
  /** Must not throw. */
  onEvent?: (event: DeployEvent) => void;
  /** Held while an app is read again and written to. */
  claim?: Claim;
  /** Milliseconds between two reads of the list of apps, at least; default 2,000. `pollPause` says how long at most. */
  pollIntervalMs?: number;
  /** Milliseconds that a live service has to answer its health path; default 60,000. */
  verifyTimeoutMs?: number;
  /** Applied to every text in events and results, after the secrets of the requests are gone from it. */
  redact?: (text: string) => string;
}

const WRITES_AT_ONCE = 16;
const EXPLAINED_AT_ONCE = 4;

/**
 * Brings many skills live at once, each by itself: one that fails does not stop the others. One list of apps at the
 * start, one poller, one write a changed skill.
 * @returns a result for each request, in their order; it does not throw for what fails
 */
export async function deployFleet(requests: DeployRequest[], deps: DeployDeps): Promise<DeployResult[]> {
  if (requests.length === 0) return [];
  const { client, clock = systemClock, claim, pollIntervalMs = 2_000, verifyTimeoutMs = 60_000 } = deps;
  const signal = AbortSignal.any(deps.signal ? [deps.signal] : []);
  // Every wait of every skill listens to it.
  setMaxListeners(0, signal);
  const ended = new AbortController();
  const apps = new AppList(client, requests.length, ended.signal);
  const watcher = new Watcher({ client, apps, clock, pollIntervalMs });
  const verifier = new Verifier(clock, verifyTimeoutMs);
  const writing = pLimit(WRITES_AT_ONCE);
  const explaining = pLimit(EXPLAINED_AT_ONCE);
  const fleet = { client, clock, signal, claim, apps, watcher, verifier, writing, explaining };
  try {
    return await new Rollout(requests, fleet, deps).results();
  } finally {
    ended.abort();
  }
}

/** One call of `deployFleet`: which skill waits for which, and what is told of each. */
class Rollout {
  readonly #results = new Map<DeployRequest, Promise<DeployResult>>();
  readonly #bySkill: ReadonlyMap<string, DeployRequest>;
  readonly #problems: ReadonlyMap<DeployRequest, DeployFailure>;
  readonly #redact: (text: string) => string;
  readonly #apps: Promise<Apps>;

  constructor(
    readonly requests: DeployRequest[],
    readonly fleet: Fleet,
    readonly deps: DeployDeps,
  ) {
    this.#bySkill = new Map(requests.map((request) => [request.skill, request]));
    this.#problems = findProblems(requests);
    const hideSecrets = redactSecrets(requests.map(({ spec }) => spec));
    this.#redact = (text) => deps.redact?.(hideSecrets(text)) ?? hideSecrets(text);
    this.#apps = fleet.apps.read(fleet.signal);
    // Each skill tells it in a result of its own.
    this.#apps.catch(() => undefined);
  }

  results(): Promise<DeployResult[]> {
    return Promise.all(this.requests.map((request) => this.#resultOf(request)));
  }

  #resultOf(request: DeployRequest): Promise<DeployResult> {
    const result = this.#results.get(request) ?? this.#deploy(request);
    this.#results.set(request, result);
    return result;
  }

  async #deploy(request: DeployRequest): Promise<DeployResult> {
    const { clock } = this.fleet;
    const { skill, digest, commit } = request;
    const startedAt = clock.now();
    const run = new SkillRun(request, this.fleet, (happening) => this.#tell(skill, happening));
    const ending = await this.#ending(run);
    const durationMs = clock.now() - startedAt;
    const told = { skill, ...ending, ...run.known, digest, ...(commit && { commit }), durationMs };
    const result = redactDeep(told, this.#redact);
    this.#tell(skill, { type: 'finished', result });
    return result;
  }

  async #ending(run: SkillRun): Promise<Ending> {
    try {
      const problem = this.#problems.get(run.request);
      if (problem) throw problem;
      await this.#dependenciesLive(run);
      const apps = await abortable(this.#apps, this.fleet.signal);
      return await deploySkill(run, apps.named(run.request.spec.name));
    } catch (error) {
      return this.fleet.signal.aborted ? interrupted(run) : failed(error);
    }
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
        message: `"${skill}" must be live first, and its deploy ended as ${outcome}`,
      });
    }
  }

  #tell(skill: string, happening: Happening): void {
    const at = new Date(this.fleet.clock.now()).toISOString();
    this.deps.onEvent?.(redactDeep({ ...happening, at, skill }, this.#redact));
  }
}

/** Requests that cannot be carried out, whatever the platform says. */
function findProblems(requests: DeployRequest[]): Map<DeployRequest, DeployFailure> {
  const problems = new Map<DeployRequest, DeployFailure>();
  const cyclic = inDependencyCycle(requests);
  const owners = new Map<string, string>();
  for (const request of requests) {
    const { skill, spec } = request;
    const owner = owners.get(spec.name);
    if (owner !== undefined) {
      const message = `the app "${spec.name}" is deployed by "${owner}" in this run already: give each its own name`;
      problems.set(request, new DeployFailure({ code: ownCauseCodes.duplicate, message }));
    } else if (cyclic.has(skill)) {
      const message = `"${skill}" must be live before itself: ${[...cyclic].join(', ')} wait for each other`;
      problems.set(request, new DeployFailure({ code: ownCauseCodes.cycle, message }));
    }
    owners.set(spec.name, owner ?? skill);
  }
  return problems;
}

function failed(error: unknown): Ending {
  if (error instanceof DeployFailure) return { outcome: error.outcome, cause: error.told };
  const code = error instanceof AppPlatformError ? error.id : ownCauseCodes.unexpected;
  const message = error instanceof Error ? error.message : String(error);
  return { outcome: 'failed', cause: { code, message, logTail: [] } };
}

function interrupted(run: SkillRun): Ending {
  const message = `stopped: ${standing(run)}`;
  return { outcome: 'interrupted', cause: { code: ownCauseCodes.interrupted, message, logTail: [] } };
}
