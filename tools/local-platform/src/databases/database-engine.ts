import type { Layout } from '../state/layout.js';
import type { DatabaseValues } from './database-values.js';

/** What the servers of databases work with. */
export interface EngineContext {
  layout: Layout;
  /** Their data: `databaseFolderOf` the layout. It is there before the first one starts. */
  folder: string;
  /** Ports that are given away. */
  ports: Set<number>;
  /** Called with what a user should know. */
  warn(message: string): void;
}

/** A database that is there. */
export interface Provided {
  /** Which server it is in, for people: `PostgreSQL 15`. */
  title: string;
  values: DatabaseValues;
  /** Variables of what uses it, unless the spec has its own. */
  environment?: Readonly<Record<string, string>>;
}

/** Servers of one kind, such as PostgreSQL. */
export interface DatabaseEngine {
  /** Why this machine cannot serve it, and what to do; undefined where it can. */
  gap(): Promise<string | undefined>;
  /**
   * Makes a database, and a user who alone may use it, unless they are there. Starts the server.
   * @param name of both: lower case letters, digits and underscores
   */
  provide(name: string, password: string): Promise<Provided>;
  /** Deletes both, with all that they hold. */
  drop(name: string): Promise<void>;
  /** Ends what runs of it; the data stays. */
  stop(): Promise<void>;
}
