import type { Clock } from '@odoobo/machine/time';
import type { Containers } from '../containers/containers.js';
import type { Databases } from '../databases/databases.js';
import type { ImageStore } from '../images/image-store.js';
import type { Ingresses } from '../ingress-process/ingresses.js';
import type { LogCaps } from '../logs/log-caps.js';
import type { MemoryWatch } from '../process/memory-watch.js';
import type { Sources } from '../sources/source.js';
import type { AppStore } from '../state/app-store.js';
import type { Layout } from '../state/layout.js';
import type { SecretBox } from '../state/secrets.js';

/** What running the components of apps needs. */
export interface Runtime {
  readonly store: AppStore;
  readonly secrets: SecretBox;
  readonly images: ImageStore;
  readonly sources: Sources;
  readonly databases: Databases;
  readonly containers: Containers;
  readonly layout: Layout;
  /** Keeps logs from growing without end. */
  readonly caps: LogCaps;
  /** Where the apps are reached. */
  readonly ingresses: Ingresses;
  /** Watches the memory of the instances. */
  readonly memory: MemoryWatch;
  /** Times autoscaling. */
  readonly clock: Clock;
  /** Ports given to instances that run or are about to. */
  readonly ports: Set<number>;
  /** Where the search for the port of a new app begins. */
  readonly firstPort: number;
  /** Called with what a user should know. */
  warn(message: string): void;
}
