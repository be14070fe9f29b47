/*
 * What the page's own addresses answer, besides those of App Platform's API. The page is built with these types, so they
 * import nothing that a browser has not.
 */

/** What the health path of an app answered last. */
export interface Health {
  state: 'HEALTHY' | 'UNHEALTHY';
  /** How long it took. */
  milliseconds: number;
  /** What was wrong, in words. */
  trouble?: string;
}

/** `GET /page/vitals`: the apps that are live, by id. Apps that are not asked for their health have none. */
export interface VitalsAnswer {
  apps: Record<string, { instances: number; health?: Health }>;
}

/** `GET /page/apps/{id}/response-times`: the last 15 minutes. */
export type { ResponseTimesReading as ResponseTimesAnswer } from '../ingress/response-times.js';
