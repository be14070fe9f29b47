import type { Clock } from '@odoobo/machine/time';
import { randomUUID } from 'node:crypto';
import type { LimitFunction } from 'p-limit';
import type { LiveApp } from '../check/live-app.js';
import type { AppPlatformClient } from '../client/client.js';
import type { App, AppSpec, Deployment, Phase } from '../spec/index.js';
import { type Mark, markOf, type Origin, withMark } from '../versions/mark.js';
import { SecretsFingerprint } from '../versions/secrets-fingerprint.js';
import type { SourceCommits } from '../versions/source-commit.js';
import type { AppList } from './app-list.js';
import { type Carried, carry, type CarryOptions } from './carry.js';
import type { DeployResult, Happening } from './events.js';
import { type Plan, planDeploy, prepare, specsOf } from './plan.js';
import type { Verifier } from './verify.js';
import type { Watcher } from './watch.js';

/** What every run of a skill needs to know. */
export interface RunRequest {
  skill: string;
  /** What the live service must answer 200 on. */
  healthPath: string;
  /** Milliseconds for the write, and again for the deployment that it starts. */
  timeoutMs: number;
  /** Where what is shipped comes from: an app that another repository has made is not touched. */
  origin?: Origin | undefined;
}

/** Why what is live is not replaced. */
export interface Refusal {
  code: string;
  message: string;
}

export interface DeployRequest extends RunRequest, CarryOptions {
  /** Resolved: plaintext secrets in place. Its name is the app's. */
  spec: AppSpec;
  /** The artefact, `sha256:...`, or the image that the App Spec pins. */
  digest: string;
  /** The live service is told no digest, so what it tells of itself is its own: none is compared. */
  tellsOwnDigest?: boolean;
  commit?: string;
  /** Skills of the same run that must be live first. If one of them fails, this one is skipped. */
  after?: string[];
  /** Build the newest commit of a git source, not the one that is live. */
  updateSources?: boolean;
  /** Ship the version also where it was rolled back from. */
  retry?: boolean;
  /** Of components that are built from git: a deployment of another commit is not what is wanted. */
  sourceCommits?: SourceCommits;
  /** A deployment that an earlier run has started and not verified: where it is live and fails, it is rolled back. */
  unverified?: string | undefined;
  /** Asked before what is live, or on its way, is replaced; undefined: it may be. */
  mayReplace?: ((live: Deployment, signal: AbortSignal) => Promise<Refusal | undefined>) | undefined;
}

/**
 * Tests what has just gone live, beyond its health.
 * @returns what is wrong with it, a line each
 */
export type SmokeTest = (skill: string, live: LiveApp, signal: AbortSignal) => Promise<string[]>;

/** Exclusion among deployers on one machine. */
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
  smokeTest?: SmokeTest | undefined;
  /** Bounds the writes under way, so that a poll does not queue behind a thousand of them. */
  writing: LimitFunction;
  /** Bounds the reads of logs. */
  explaining: LimitFunction;
}

/** How a run ended; the rest of its result is what it knows. */
export type Ending = Pick<DeployResult, 'outcome' | 'cause' | 'note'>;

/** What a result tells, whatever the end. */
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

/** A run of one skill: what is wanted, and what is known so far should it end now. */
export abstract class Run<Request extends RunRequest = RunRequest> {
  /** What becomes of a deployment that is under way when the run ends. */
  abstract readonly afterwards: string;
  readonly known: Known = { action: 'none' };
  /** Of its deployment, as last seen. */
  phase: Phase | undefined;
  /** A write has left for the platform. */
  writeSent = false;

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

/** A plan, and what stays of the app that the App Spec does not speak of. */
export interface SkillPlanned extends Plan {
  carried: Carried;
}

/** The deploy of one skill. */
export class SkillRun extends Run<DeployRequest> {
  readonly afterwards = 'the next deploy continues from there';
  readonly #secrets: SecretsFingerprint;
  readonly #mark: Mark;
  /** A version of the app was rolled back from before, as far as was looked. */
  rolledBack = false;

  constructor(...args: ConstructorParameters<typeof Run<DeployRequest>>) {
    super(...args);
    const { skill, spec, digest, origin } = this.request;
    this.#secrets = new SecretsFingerprint(spec);
    this.#mark = { ...origin, write: randomUUID(), skill, artefact: digest };
  }

  async plan(app: App | undefined): Promise<SkillPlanned> {
    const { spec, sourceCommits } = this.request;
    const carried = carry(spec, app, this.request);
    const desired = await prepare(carried.spec, this.#secrets, specsOf(app), carried.unknown);
    return { ...planDeploy({ ...desired, sourceCommits }, app), carried };
  }

  /** The spec that a plan sends. Sent again it has the same mark: it is the same write. */
  marked({ spec, live, carried: { kept } }: SkillPlanned): AppSpec {
    return withMark(spec, {
      ...this.#mark,
      ...(kept.length > 0 && { kept }),
      ...(live && { over: live.id }),
      ...(this.rolledBack && { rolledBack: true }),
    });
  }

  /** Whether a spec that the platform shows was written by this run, or copied from one that was. */
  hasWritten(spec: AppSpec | undefined): boolean {
    return markOf(spec)?.write === this.#mark.write;
  }
}
