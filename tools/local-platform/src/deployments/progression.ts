import type { AppSpec } from '@odoobo/app-platform/spec';
import type { ComponentCounts, InstanceCounts, ResponseTimesReading } from '@odoobo/ingress';
import type { Mark } from '../process/mark.js';
import type { AppRecord } from '../state/app-record.js';

/** One process of a component, as `GET /v2/apps/{id}/instances` shows it. */
export interface Instance {
  component: string;
  kind: 'SERVICE' | 'WORKER' | 'JOB';
  name: string;
}

/** What a component uses at the moment, as `GET /v2/apps/{id}/health` shows it. */
export interface ComponentHealth {
  component: string;
  state: 'UNKNOWN' | 'HEALTHY' | 'UNHEALTHY';
  /** Percentage of its instance size; 0 to 100 for each instance, together their mean. */
  cpuPercent: number;
  memoryPercent: number;
  replicasDesired: number;
  replicasReady: number;
}

/** Interval between two measurements of usage. One takes as long as reading the memory of all, which happens every second. */
export const usageStepMs = 15_000;

/** What an instance used in one step. */
export interface UsagePoint {
  /** Milliseconds since 1970. */
  at: number;
  /** Percentage of its instance size; null while nothing ran, or for too short a time. */
  cpuPercent: number | null;
  memoryPercent: number | null;
  memoryBytes: number | null;
  /** How often it was restarted since its deployment went live. */
  restarts: number;
}

export interface InstanceUsage {
  component: string;
  /** Such as `web-0`. */
  instance: string;
  /** Oldest first. */
  points: readonly UsagePoint[];
}

/** What an app has answered since its address was opened. */
export interface AppTraffic {
  components: readonly ComponentCounts[];
  /** Of what is live. */
  instances: readonly (Omit<InstanceCounts, 'port'> & Pick<InstanceUsage, 'instance'>)[];
}

/** The process of an instance. */
export interface InstanceProcess {
  pid: number;
  /** Its mark: what carries it ends with the instance. */
  mark: Mark;
  inContainer: boolean;
}

/** How deployments get from one phase to the next: by really running them, or by a test that moves them by hand. */
export interface Progression {
  /** @throws ApiError 501 for what cannot be run here, 400 for a source that is not there */
  check(spec: AppSpec): Promise<void>;
  /** Runs a deployment that was just recorded; aborts whatever else is in progress for the app. */
  begin(appId: string, deploymentId: string): void;
  /** Stops a deployment that was just cancelled. */
  cancel(appId: string): void;
  /** Ends the run of a job that is not part of a rollout in progress, and that was just recorded as cancelled. */
  cancelJob(appId: string, deploymentId: string, job: string): void;
  /** Starts no more instances for an event of autoscaling; false if it starts none at the moment. */
  cancelAutoscaling(event: string): Promise<boolean>;
  /** Where the app answers; undefined as long as that is not known. */
  urlOf(app: AppRecord): string | undefined;
  /** Whether processes of a component may print something, also of a deployment that is over. */
  mayPrint(deploymentId: string, component: string): boolean;
  /** What runs for the live deployment. */
  instancesOf(app: AppRecord): Instance[];
  /** The process of an instance of the live deployment, by the name in `instancesOf`, or of the first; undefined where none runs. */
  processOf(app: AppRecord, component: string, instance?: string): InstanceProcess | undefined;
  healthOf(app: AppRecord): Promise<ComponentHealth[]>;
  /** What its instances have used lately; nothing where nothing is run. */
  usageOf(app: AppRecord): InstanceUsage[];
  /** Bytes that the app's URL has answered since it was opened, by day (`2026-01-31`, UTC). */
  bandwidthOf(app: AppRecord): Promise<Readonly<Record<string, number>>>;
  /** Undefined where no ingress of this platform measures them. */
  responseTimesOf(app: AppRecord): Promise<ResponseTimesReading | undefined>;
  /** What all apps have answered, by their ids; empty where nothing is run. */
  trafficOf(): Promise<ReadonlyMap<string, AppTraffic>>;
  /** The app was deleted: stops what runs for it. Never rejects. */
  forget(app: AppRecord): Promise<void>;
  /** Resumes what an earlier server left. Called once, before anything else but `check`. */
  resume(): Promise<void>;
  /** Stops everything that runs, and starts nothing more. */
  close(): Promise<void>;
}
