import type { LimitFunction } from 'p-limit';
import type { AppPlatformClient } from '../client/client.js';
import type { Clock } from '../clock.js';
import type { App, AppSpec, Phase } from '../spec/index.js';
import type { AppList } from './app-list.js';
import type { DeployResult, Happening } from './events.js';
import { changesTo, planDeploy, prepare, specsOf, type Plan } from './plan.js';
import { SecretsFingerprint } from './secrets.js';
import type { Verifier } from './verify.js';
import type { Watcher } from './watch.js';

export interface DeployRequest {
  skill: string;
  /** Resolved: plaintext secrets in place. Its name is the app's. */
  spec: AppSpec;
  /** What the live service must answer 200 on. */
  healthPath: string;
  /** The artefact, `sha256:...`. */
  digest: string;
  commit?: string;
  /** Skills of the same run that must be live first. If one of them fails, this one is skipped. */
  after?: string[];
  /** Build the newest commit of a git source, not the one that is live. */
  updateSources?: boolean;
  /** Milliseconds for the write, and again for the deployment that it starts. */
  timeoutMs: number;
}

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
  /** Bounds the writes under way, so that a poll does not queue behind a thousand of them. */
  writing: LimitFunction;
  /** Bounds the reads of logs. */
  explaining: LimitFunction;
}

/** How a run ended; the rest of its result is what it knows. */
export type Ending = Pick<DeployResult, 'outcome' | 'cause'>;

/** The deploy of one skill: what is wanted, and what is known so far should it end now. */
export class SkillRun {
  readonly #secrets: SecretsFingerprint;
  readonly known: Pick<
    DeployResult,
    'action' | 'appId' | 'deploymentId' | 'previousDeploymentId' | 'rollbackDeploymentId' | 'url'
  > = { action: 'none' };
  /** Of its deployment, as last seen. */
  phase: Phase | undefined;
  /** A write has left for the platform. */
  writeSent = false;

  constructor(
    readonly request: DeployRequest,
    readonly fleet: Fleet,
    readonly emit: (happening: Happening) => void,
  ) {
    this.#secrets = new SecretsFingerprint(request.spec);
  }

  /** The deployment that is followed now. */
  get following(): string | undefined {
    return this.known.rollbackDeploymentId ?? this.known.deploymentId;
  }

  async plan(app: App | undefined): Promise<Plan> {
    return planDeploy(await prepare(this.request.spec, this.#secrets, specsOf(app)), app);
  }

  /** Whether a spec that the platform shows is the wanted one. */
  async wants(spec: AppSpec): Promise<boolean> {
    return changesTo(await prepare(this.request.spec, this.#secrets, [spec]), spec).length === 0;
  }
}
