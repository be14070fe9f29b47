import type { ImageStore } from '../images/image-store.js';
import type { Layout } from '../layout.js';
import type { AppStore } from '../state/app-store.js';
import type { SecretBox } from '../state/secrets.js';

/** What running services needs. */
export interface Runtime {
  readonly store: AppStore;
  readonly secrets: SecretBox;
  readonly images: ImageStore;
  readonly layout: Layout;
  /** Ports given to services that run or are about to. */
  readonly ports: Set<number>;
  /** Where the search for the port of a new app begins. */
  readonly firstPort: number;
  /** Told what a person should know. */
  warn(message: string): void;
}
