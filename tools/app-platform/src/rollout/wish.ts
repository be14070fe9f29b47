import type { ImageSource } from '../spec/index.js';

/** A step of a rollout, as the router takes it. */
export interface RolloutStep {
  /** The percentage of the clients that the canary serves. */
  weight?: number | undefined;
  /** The percentage of the requests of which the canary gets a copy. */
  shadow?: number | undefined;
  /** How many requests to the canary the step needs. */
  requests?: number | undefined;
  /** How long the step lasts at least, such as `5m`. */
  for?: string | undefined;
  /** The step waits until a person approves. */
  approve?: boolean | undefined;
  /** After which the rule for too little traffic decides, such as `30m`. */
  deadline?: string | undefined;
}

/** The configuration of the router. */
export interface RolloutPlan {
  steps: readonly RolloutStep[];
  verdict?: object | undefined;
  stickyBy?: 'cookie' | { header: string } | undefined;
  matches?: readonly object[] | undefined;
  shadow?: object | undefined;
  /** The steps compare two variants, and their end promotes none unless it says so. */
  experiment?: object | undefined;
}

/** How a new version is released. */
export interface RolloutWish {
  /** The service whose requests are split. */
  service: string;
  plan: RolloutPlan;
  /** The image of the router, by digest. */
  router: ImageSource;
  /** The secret of a rollout's routers: the same on each machine that may follow it. */
  secretOf: (rollout: string) => string;
  /** Set if a smoke test must reach the canary at any weight: the header that sends it there. */
  canaryHeader?: ((rollout: string) => { name: string; value: string }) | undefined;
}
