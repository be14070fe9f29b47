import type { AppSpec } from '@odoobo/app-platform/spec';

/** How a simulated deployment proceeds. By default it takes no time and succeeds. */
export interface SimulatedDeployment {
  /** Milliseconds that it is BUILDING. */
  buildMs?: number | undefined;
  /** Milliseconds that it is DEPLOYING. */
  deployMs?: number | undefined;
  /** The phase at the end of which it fails. */
  failsIn?: 'BUILDING' | 'DEPLOYING' | undefined;
  /** How long its service takes to answer, in milliseconds; asked for each request. */
  answerMs?: (() => number) | undefined;
}

/** Asked once a deployment, with the spec that it deploys. */
export type Simulation = SimulatedDeployment | ((spec: AppSpec) => SimulatedDeployment);

export function simulate(simulation: Simulation, spec: AppSpec): SimulatedDeployment {
  return typeof simulation === 'function' ? simulation(spec) : simulation;
}
