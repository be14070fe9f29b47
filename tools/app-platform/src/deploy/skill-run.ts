import type { Clock } from '@odoobo/machine/time';
import { randomUUID } from 'node:crypto';
import type { LimitFunction } from 'p-limit';
import type { LiveApp } from '../check/live-app.js';
import type { AppPlatformClient } from '../client/client.js';
import { type NewRollout, overRollout, planAbort, planPromotion, planRollout } from '../rollout/plan.js';
import { appWithoutRollout } from '../rollout/specs.js';
import type { RolloutWish } from '../rollout/wish.js';
import type { App, AppSpec, Deployment, Phase } from '../spec/index.js';
import { type Mark, markOf, type Origin, withMark } from '../versions/mark.js';
import { type Fingerprint, SecretsFingerprint } from '../versions/secrets-fingerprint.js';
import type { SourceCommits } from '../versions/source-commit.js';
import type { AppList } from './app-list.js';
import type { Applied } from './apply.js';
import { type Carried, carry, type CarryOptions } from './carry.js';
import type { DeployResult, DeployStep, Happening } from './events.js';
import type { PendingWrites } from './pending-writes.js';
import { type Plan, planDeploy, prepare, specsOf } from './plan.js';
import type { Verifier, VerifyTarget } from './verify.js';
import type { Watcher } from './watch.js';

/** What every run of a skill needs to know. */
export interface RunRequest {
  skill: string;
  /** The path on which the live service must answer 200. */
  healthPath: string;
  /** Milliseconds for the write, and the same again for the deployment that it starts. */
  timeoutMs: number;
  /** Where the shipped version comes from: an app that another repository has created is not touched. */
  origin?: Origin | undefined;
}

/** Why the live version is not replaced. */
export interface Refusal {
  code: string;
  message: string;
}

/** A wave of a run: it begins when the apps of the one before have passed. */
export interface EarlierWave {
  /** Its number. */
  wave: number;
  skills: readonly string[];
  /** Milliseconds for which they must be live, and still be healthy then. */
  soakMs: number;
}

/** The other apps of a wave that is all or nothing. */
export interface Together {
  wave: number;
  skills: readonly string[];
}

export interface DeployRequest extends RunRequest, CarryOptions {
  /** Resolved: with plaintext secrets. Its name is the app's. */
  spec: AppSpec;
  /** The artefact, `sha256:...`, or the image that the App Spec pins. */
  digest: string;
  /** The live service gets no digest from the deploy, so the one that it reports is its own, and is not compared. */
  reportsOwnDigest?: boolean;
  commit?: string;
  /** Skills of the same run that must be live first. If one of them fails, this one is skipped. */
  after?: string[];
  /** The number of its own wave; 1 by default. */
  wave?: number | undefined;
  /** Apps of the same run that must be live and healthy for a time first. If one of them is not, this one is skipped. */
  earlier?: EarlierWave | undefined;
  /** Apps of the same run: if one of them fails, or is not healthy after the soak time, this one is rolled back. */
  together?: Together | undefined;
  /** The id of the project that a new app belongs to. */
  project?: string | undefined;
  /** Build the newest commit of a git source instead of the live one. */
  updateSources?: boolean;
  /** Ship the version even if it was rolled back. */
  retry?: boolean;
  /** For components that are built from git: a deployment of another commit is not the wanted one. */
  sourceCommits?: SourceCommits;
  /** A deployment that an earlier run has started and not verified: if it is live and fails, it is rolled back. */
  unverified?: string | undefined;
  /** Release a new artefact to some users first. */
  rollout?: RolloutWish | undefined;
  /** Give the version that is rolled out to all now; deploy nothing else. */
  promote?: boolean | undefined;
  /** A rollout that waits for an approval is left under way, and is no failure. */
  leaveWaiting?: boolean | undefined;
  /** Called before a deployment that is live or in progress is replaced; returns undefined if it may be. */
  mayReplace?: ((live: Deployment, signal: AbortSignal) => Promise<Refusal | undefined>) | undefined;
}

/** Tests a version that has just gone live, beyond its health. @returns what is wrong with it, a line each */
export type SmokeTest = (skill: string, live: LiveApp, signal: AbortSignal) => Promise<string[]>;

/** What each health check of a skill sends. */
export type HealthHeaders = (skill: string) => Readonly<Record<string, string>>;

/** Mutual exclusion of deployers on one machine. */
export type Claim = (skill: string, signal: AbortSignal) => Promise<{ release(): Promise<void> }>;

/** What all skills of a run share. */
export interface Fleet {
  client: AppPlatformClient;
  clock: Clock;
  signal: AbortSignal;
  claim?: Claim | undefined;
  apps: AppList;
  watcher: Watcher;
  verifier: Verifier;
  healthHeaders?: HealthHeaders | undefined;
  smokeTest?: SmokeTest | undefined;
  canaryTest?: SmokeTest | undefined;
  /** The writes that skills have still to make. */
  writes: PendingWrites;
  /** Limits concurrent writes, so that a poll does not queue behind a thousand of them. */
  writing: LimitFunction;
  /** Limits concurrent reads of logs. */
  explaining: LimitFunction;
}

/** The ending of a run; the rest of its result is in `known`. */
export type Ending = Pick<DeployResult, 'outcome' | 'cause' | 'note'>;

/** The fields of a result that do not depend on the ending. */
type Known = Pick<
  DeployResult,
  | 'action'
  | 'appId'
  | 'deploymentId'
  | 'previousDeploymentId'
  | 'rollbackDeploymentId'
  | 'url'
  | 'commit'
  | 'pinned'
  | 'overtakenBy'
  | 'liveMark'
>;

/** A run of one skill: what is wanted, and what would be known if it ended now. */
export abstract class Run<Request extends RunRequest = RunRequest> {
  /** What happens to a deployment in progress when the run ends. */
  abstract readonly afterwards: string;
  readonly known: Known = { action: 'none' };
  /** The phase of its deployment, as last seen. */
  phase: Phase | undefined;
  /** Those of the first deployment that was followed to its end: a rollback's are not the version's. */
  steps: DeployStep[] | undefined;
  /** Whether a write was sent to the platform. */
  writeSent = false;
  /** Whether its deployment is live and has passed all checks. */
  hasPassed = false;
  /** The rollout that goes on by itself if the run ends now. */
  rollout: string | undefined;

  constructor(
    readonly request: Request,
    readonly fleet: Fleet,
    readonly emit: (happening: Happening) => void,
  ) {}

  /** The deployment that is followed now. */
  get following(): string | undefined {
    return this.known.rollbackDeploymentId ?? this.known.deploymentId;
  }
}

/** A plan, and the parts of the app that are kept although the App Spec does not mention them. */
export interface SkillPlanned extends Plan {
  carried: Carried;
  /** What its write makes live: the wanted version, that version as a canary, or what was live before a rollout. */
  writes: 'version' | 'canary' | 'live';
  /** For a canary: the fingerprint of the secrets of the wanted version. */
  canarySecrets?: Fingerprint | undefined;
}

/** The deploy of one skill. */
export class SkillRun extends Run<DeployRequest> {
  readonly afterwards = 'the next deploy continues from there';
  readonly #secrets: SecretsFingerprint;
  readonly #mark: Omit<Mark, 'write'>;
  /** A rollout has a write of its own for each of its ends. */
  readonly #writes: Record<SkillPlanned['writes'], string>;
  readonly #fresh: NewRollout;
  #last: SkillPlanned['writes'] = 'version';
  /** Whether a version of the app was rolled back before, as far as it was checked. */
  rolledBack = false;
  /** Whether its write replaces a rollout. */
  overRollout = false;
  /** What was verified, and since when it is live, in milliseconds. */
  verified: { applied: Applied; target: VerifyTarget; since: number } | undefined;
  /** What to do with the new version of a rollout: show it to some users, to all, or to nobody. */
  stage: 'begin' | { promote: string } | { abort: string } = 'begin';

  constructor(...args: ConstructorParameters<typeof Run<DeployRequest>>) {
    super(...args);
    const { skill, spec, digest, origin } = this.request;
    this.#secrets = new SecretsFingerprint(spec);
    this.#mark = { ...origin, skill, artefact: digest };
    this.#writes = { version: randomUUID(), canary: randomUUID(), live: randomUUID() };
    const startedAt = new Date(this.fleet.clock.now()).toISOString();
    this.#fresh = { rollout: `${skill}-${this.#writes.canary.slice(0, 8)}`, startedAt };
  }

  /** What the next write does to the app, by the stage of the run. */
  async plan(app: App | undefined): Promise<SkillPlanned> {
    const version = await this.planVersion(app);
    const { stage, request } = this;
    if (stage !== 'begin') {
      if (!app) return version;
      return 'abort' in stage
        ? planAbort(version, app, stage.abort)
        : planPromotion(version, app, stage.promote);
    }
    if (!request.rollout) return version;
    return planRollout(version, app, { wish: request.rollout, secrets: this.#secrets, fresh: this.#fresh });
  }

  /** What makes the wanted version live for all. */
  async planVersion(app: App | undefined): Promise<SkillPlanned> {
    const { spec, sourceCommits } = this.request;
    const bare = app && appWithoutRollout(app);
    const carried = carry(spec, bare, this.request);
    const desired = await prepare(carried.spec, this.#secrets, specsOf(bare), carried.unknown);
    const plan = planDeploy({ ...desired, sourceCommits }, bare);
    return overRollout({ ...plan, carried, writes: 'version' }, app);
  }

  /** The spec that a plan sends. If it is sent again, it has the same mark: it is the same write. */
  marked(plan: SkillPlanned): AppSpec {
    this.#last = plan.writes;
    return withMark(plan.spec, {
      ...(plan.writes === 'version' ? this.#versionMark(plan) : this.#markOfLive(plan)),
      write: this.#writes[plan.writes],
      ...(plan.live && { over: plan.live.id }),
    });
  }

  #versionMark({ carried: { kept, scaled } }: SkillPlanned): Omit<Mark, 'write'> {
    return {
      ...this.#mark,
      ...(kept.length > 0 && { kept }),
      ...(Object.keys(scaled).length > 0 && { scaled }),
      ...(this.rolledBack && { rolledBack: true }),
    };
  }

  /** During a rollout and after an aborted one, what was live before still is. */
  #markOfLive({ live, writes, canarySecrets: secrets }: SkillPlanned): Omit<Mark, 'write'> {
    const { canary, aborted: _earlier, ...mark } = markOf(live?.spec) ?? this.#mark;
    if (writes === 'live') {
      const { rollout = '', artefact = '' } = canary ?? {};
      return { ...mark, rolledBack: true, aborted: { rollout, artefact } };
    }
    const service = this.request.rollout?.service ?? '';
    const { skill: _skill, ...version } = this.#mark;
    return {
      ...mark,
      ...(this.rolledBack && { rolledBack: true }),
      canary: { ...version, ...this.#fresh, service, ...(secrets && { secrets }) },
    };
  }

  /** Whether a spec on the platform was written last by this run, or copied from one that was. */
  hasWritten(spec: AppSpec | undefined): boolean {
    return markOf(spec)?.write === this.#writes[this.#last];
  }
}
