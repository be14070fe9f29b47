/** A new version of an app that was deployed, or that someone has tried to deploy. */
export interface Change {
  /** The name of the app: of a placement, or of the skill. */
  app: string;
  skill: string;
  /** Its deployment; undefined if nothing was sent. */
  deployment: string | undefined;
  /** The commit that was shipped; undefined if it is not known, or if there were uncommitted changes. */
  commit: string | undefined;
  /**
   * `deployed`: live and verified, or live as far as the platform shows. `failed`: it took traffic and failed.
   * `failed-before`: it failed before any user saw it.
   */
  end: 'deployed' | 'failed' | 'failed-before';
  /** When it took traffic: milliseconds since 1970, as all times here. */
  liveAt: number | undefined;
  /** When this end was reached: verified, or failed. */
  endedAt: number;
  /** A deploy of this workspace has recorded that it was healthy; `ref`: another one, in `refs/deployed`. */
  verified?: 'journal' | 'ref';
  /** It failed: it was rolled back, by itself or by a person, or did not pass its checks. */
  failed: boolean;
  /** When a good version was live again after it has failed. */
  restoredAt?: number;
}

/** Why something in the records is in no figure. */
export type LeftOut =
  | 'clock'
  | 'held'
  | 'interrupted'
  | 'not sent'
  | 'skipped'
  | 'superseded'
  | 'unchanged'
  | 'unknown version rolled back'
  | 'waiting';
