import type { AppSpec } from '@odoobo/app-platform/spec';
import type { AppRecord } from '../state/app-record.js';

/** How deployments get from one phase to the next: by really running them, or by a test that moves them by hand. */
export interface Progression {
  /** @throws ApiError (501) for what cannot be run here yet. */
  check(spec: AppSpec): void;
  /** Takes up a deployment that was just recorded; whatever else was under way for the app is given up. */
  begin(appId: string, deploymentId: string): void;
  /** Gives up a deployment that was just cancelled. */
  cancel(appId: string): void;
  /** Where the app answers; undefined as long as that is not known. */
  urlOf(app: AppRecord): string | undefined;
  /** The app was deleted: stops what runs for it. Never rejects. */
  forget(app: AppRecord): Promise<void>;
  /** Takes up where an earlier server ended. Called once, before anything else but `check`. */
  resume(): Promise<void>;
  /** Stops everything that runs, and takes up nothing more. */
  close(): Promise<void>;
}
