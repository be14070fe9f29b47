/*
 * What the page's addresses about the history of an app answer. The page is built with these types, so they import nothing that
 * a browser has not.
 */

/** The artefact of a deployment, as far as it is known. */
export interface Origin {
  /** Such as `0.3.0`, as its image says. */
  version?: string;
  /** The digest of its image: `sha256:...`. */
  digest?: string;
  commit?: string;
  /** The shipped files had uncommitted changes. */
  dirty?: boolean;
  /** Who shipped it, such as the actor of a pipeline. */
  by?: string;
}

/** `GET /page/apps/{id}/history` */
export interface HistoryAnswer {
  /** By id of the deployment. */
  deployments: Record<string, Origin>;
  /** Ids of those that a rollback goes back to by itself: the first is the one that it takes where none is named. */
  targets: string[];
  /** Ids of those that a rollback has replaced. */
  rolledBackFrom: string[];
}

/** A deployment, and what git says of its commit where the platform stands in a repository that has it. */
export interface Side extends Origin {
  author?: string;
  subject?: string;
}

/** `GET /page/apps/{id}/changes?from={deployment}&to={deployment}` */
export interface ChangesAnswer {
  from: Side;
  to: Side;
  /** The fields of the spec that differ, without a value of a secret. */
  fields: { path: string; before?: string | undefined; after?: string | undefined }[];
}
