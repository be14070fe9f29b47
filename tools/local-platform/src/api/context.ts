import type { Operations } from '../deployments/operations.js';
import type { Progression } from '../deployments/progression.js';
import type { ImageStore } from '../images/image-store.js';
import type { LogCaps } from '../logs/log-caps.js';
import type { AppStore } from '../state/app-store.js';
import type { DeliveryFile } from '../state/delivery-file.js';
import type { ProjectStore } from '../state/project-store.js';
import type { SecretBox } from '../state/secrets.js';

/** What the routes work with. */
export interface ApiContext {
  readonly store: AppStore;
  readonly projects: ProjectStore;
  readonly delivery: DeliveryFile;
  readonly secrets: SecretBox;
  readonly operations: Operations;
  readonly progression: Progression;
  readonly token: string;
  /** The folder that holds `<deployment>/<component>/<type>.log`. */
  readonly logs: string;
  /** The platform's folder, inside the repository that it serves, if there is one. */
  readonly directory: string;
  readonly images: ImageStore;
  /** Cuts logs while they are read. */
  readonly caps: LogCaps;
  /** Where this server answers; known once it listens. */
  url(): string;
  /** Aborted when the platform closes, which ends all open streams. */
  readonly closing: AbortSignal;
}

/** The parameters in the path of a route: the app, and the others that the route names. */
export interface AppRoute<Others extends string = never> {
  Params: Record<'app' | Others, string>;
}
