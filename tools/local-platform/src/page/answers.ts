/*
 * What the page's own addresses answer, besides those of App Platform's API. The page is built with these types, so they
 * import nothing that a browser has not.
 */

import type { RouterState } from '@odoobo/app-platform/rollout';
import type { DeliveryReport } from '../state/delivery-report.js';

/** What the health path of an app answered last. */
export interface Health {
  state: 'HEALTHY' | 'UNHEALTHY';
  /** How long it took. */
  milliseconds: number;
  /** A description of the problem. */
  trouble?: string;
  /** The version that the service reports, as the monitor shows it. */
  version?: string;
}

/** How often the processes of an app ended by themselves, or were ended for a fault, since its live deployment went live. */
export interface Restarts {
  /** The restarts of all components and instances together. */
  count: number;
  /** When the last one was, ISO 8601. */
  at: string;
  /** Why, such as `ended with code 1: Error: no such file`. */
  cause: string;
  /** The component that was restarted last. */
  component: string;
}

/** `GET /page/vitals`: the apps that are live, by id. Apps that are not asked for their health have none. */
export interface VitalsAnswer {
  apps: Record<string, { instances: number; health?: Health; restarts?: Restarts }>;
}

/** `GET /page/restarts`: the apps with restarts, by id. Unlike the vitals, it starts no health checks. */
export interface RestartsAnswer {
  apps: Record<string, Restarts>;
}

/** An alert of an App Spec that was raised, for the last time. */
export interface RaisedAlert {
  id: string;
  /** Such as `CPU_UTILIZATION`. */
  rule: string;
  /** Missing for an alert of the app itself. */
  component?: string;
  /** Why, in one sentence. */
  reason: string;
  /** When, ISO 8601. */
  at: string;
  /** Missing while it is raised. */
  endedAt?: string;
}

/** `GET /page/alerts`: the alerts that are raised now, by id of the app. */
export interface AlertsAnswer {
  apps: Record<string, RaisedAlert[]>;
}

/** `GET /page/delivery`: null until a deploy has sent them. */
export interface DeliveryAnswer {
  delivery: DeliveryReport | null;
}

/** What a component used over time: one point a step, oldest first, the same number of points in each list. */
export interface ComponentUsage {
  component: string;
  /** Milliseconds since 1970. */
  times: number[];
  /** Percentage of its instance size; with several instances their mean. Null while nothing of it ran. */
  cpuPercent: (number | null)[];
  /** The memory of all instances together. */
  memoryBytes: (number | null)[];
  /** How many restarts there were in each step. */
  restarts: number[];
}

/** `GET /page/apps/{id}/usage`: about the last hour, as long as this platform has been running. */
export interface UsageAnswer {
  stepMs: number;
  components: ComponentUsage[];
  /** Latest last. */
  alerts: RaisedAlert[];
}

/** `GET /page/traffic`: all apps together over the last 15 minutes, oldest first; one value every ten seconds. */
export interface FleetTrafficAnswer {
  /** When each period began, in seconds since 1970. */
  at: number[];
  /** Requests that were answered, failures too. */
  requests: number[];
  /** Of them, those with a status of 500 or higher. */
  failures: number[];
  /** Milliseconds that 95 % of the requests to the slowest app did not exceed; null where nothing was answered. */
  slowest: (number | null)[];
}

/** What a rollout did, by the log of its routers. */
export interface RolloutEvent {
  /** ISO 8601. */
  at: string;
  /** `step`, `held`, `going on`, `done` or `out`. */
  what: string;
  detail: string;
}

/** `GET /page/apps/{id}/rollout`; `POST` there tells its routers what to do, and answers the same. */
export interface RolloutAnswer {
  /** Null where none is live. */
  rollout: {
    id: string;
    /** What its routers say now. */
    state?: RouterState;
    /** Why they could not be asked. */
    trouble?: string;
    /** The share of the canary over time, one point each: seconds since 1970, and percent. */
    weights: { at: number[]; weight: number[] };
    /** Oldest first. */
    events: RolloutEvent[];
  } | null;
}

/** `GET /page/apps/{id}/response-times`: the last 15 minutes. */
export type { ResponseTimesReading as ResponseTimesAnswer } from '@odoobo/ingress';
