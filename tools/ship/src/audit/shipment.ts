/** A version, as far as it is known. */
export interface ShippedVersion {
  deployment: string | undefined;
  digest: string | undefined;
  commit: string | undefined;
}

/** A deployment of an artefact to an app. */
export interface Shipment extends ShippedVersion {
  digest: string;
  environment: string;
  app: string;
  /** ISO time at which it ended. */
  at: string;
  /** How it ended: an outcome of a deploy, what a rollback or a restart has done, or the phase on the platform. */
  result: string;
  run?: string;
  by?: string | undefined;
  /** The page of the pipeline's run. */
  pipeline?: string | undefined;
  branch?: string | undefined;
  /** There were uncommitted changes: the commit does not match what was shipped. */
  dirty: boolean;
  /** Why a freeze did not stop it. */
  despiteFreeze?: string | undefined;
  /** What was live before. */
  replaced?: ShippedVersion;
  /** ISO times; undefined if the records have none. */
  verifiedAt?: string | undefined;
  smokeTestedAt?: string | undefined;
}

/** A merge of what was shipped. */
export interface ShippedMerge {
  at: string;
  branch: string;
  into: string;
  /** The merge commit. */
  commit: string;
}
