import type { Scenario } from './scenario.js';

/** How the apps are deployed. */
export type Method = 'fleet' | 'one at a time' | 'polling each';

/** One measurement. */
export interface Arm {
  scenario: Scenario;
  method: Method;
  /** The apps are there already, in an earlier version. */
  update?: boolean;
  /** How much faster time passes. */
  factor: number;
}

/** What both processes of a measurement are started with, as JSON. */
export interface Orders extends Arm {
  /** When the clock of both shows the right time, in milliseconds since the epoch. */
  since: number;
  /** The platform's folder. */
  directory: string;
}

export interface ServerReady {
  url: string;
  token: string;
}

/** What the client has measured. Times are on the scaled clock. */
export interface Measured {
  wallMs: number;
  /** Until the last deployment that was expected to succeed has ended. */
  goodWallMs: number;
  /** How many ended otherwise than they should: live, or failed with the reason of the platform. */
  wrong: string[];
  /** When the measured part began, in milliseconds since the epoch on the machine's clock. */
  beganAt: number;
  peakMegabytes: number;
  cpuSeconds: number;
  sockets: number;
}
