import type { Scenario } from './scenario.js';

/** How the apps are deployed. */
export type Method = 'fleet' | 'one at a time' | 'polling each';

/** One measurement. */
export interface Arm {
  scenario: Scenario;
  method: Method;
  /** Whether the apps exist already, in an earlier version. */
  update?: boolean;
  /** How many times faster than real time the clock runs. */
  factor: number;
}

/** The orders of both processes of a measurement, as JSON. */
export interface Orders extends Arm {
  /** When both clocks show real time, in milliseconds since the epoch. */
  since: number;
  /** The platform's folder. */
  directory: string;
}

export interface ServerReady {
  url: string;
  token: string;
}

/** What the client has measured. Times are those of the scaled clock. */
export interface Measured {
  wallMs: number;
  /** Until the last deployment that was expected to succeed has ended. */
  goodWallMs: number;
  /** How each app ended that ended differently than expected: live, or failed with the reason of the platform. */
  wrong: string[];
  /** When the measured part began, in milliseconds since the epoch on the machine's clock. */
  beganAt: number;
  peakMegabytes: number;
  cpuSeconds: number;
  sockets: number;
}
