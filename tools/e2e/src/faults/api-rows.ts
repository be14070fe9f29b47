import type { FaultRow } from './row.js';

/** A fault of the platform's API. */
export interface ApiRow extends FaultRow {
  /** Of the local platform, as docs/local-platform.md has them; `<app>` is the id of the skill's app. */
  rules: readonly string[];
}

const goesWell = {
  reads: ['✔ <skill> updated <url>'],
  exitCode: 0,
  answered: 'earlier, new',
  deployments: 2,
} as const;

/** Faults that a deploy gets over: all skills are in one run, so the reading of the list meets those of all, four in a row. */
export const passingFaults: readonly ApiRow[] = [
  {
    ...goesWell,
    name: 'the API returns 429 with `retry-after`',
    skill: 'told-to-wait',
    // The first one meets the question whether a platform is there.
    rules: ['GET /v2/apps retry-after:1s x2', 'PUT /v2/apps/<app> retry-after:1s x1'],
  },
  {
    ...goesWell,
    name: 'the API returns 429 without `retry-after`',
    skill: 'refused',
    rules: ['PUT /v2/apps/<app> 429 x2'],
  },
  {
    ...goesWell,
    name: 'the API returns 500',
    skill: 'server-errors',
    rules: ['GET /v2/apps 500 x1', 'PUT /v2/apps/<app> 500 x1'],
  },
  {
    ...goesWell,
    name: 'the connection breaks before a call takes effect',
    skill: 'dropped-before',
    rules: ['GET /v2/apps drop:before x1', 'PUT /v2/apps/<app> drop:before x1'],
  },
  {
    ...goesWell,
    name: 'the connection breaks after a call took effect',
    skill: 'dropped-after',
    rules: ['PUT /v2/apps/<app> drop:after x1'],
  },
  {
    ...goesWell,
    name: 'a response is cut off in the middle of its JSON',
    skill: 'truncated',
    rules: ['GET /v2/apps truncate x1', 'PUT /v2/apps/<app> truncate x1'],
  },
];

/** Faults that outlast a deploy. */
export const lastingFaults: readonly ApiRow[] = [
  {
    name: 'the API keeps returning 500',
    skill: 'lasting-errors',
    // A write is sent twice at most.
    rules: ['PUT /v2/apps/<app> 500 x2'],
    reads: ['<skill>: failed after <time>…reason: server_error…PUT /v2/apps/<id>: 500 server_error'],
    exitCode: 1,
    answered: 'earlier',
    deployments: 2,
  },
  {
    name: 'the API keeps returning 429',
    skill: 'lasting-refusal',
    // A call is tried five times.
    rules: ['PUT /v2/apps/<app> 429 x5'],
    reads: [
      '<skill>: failed after <time>…reason: too_many_requests…PUT /v2/apps/<id>: 429 too_many_requests',
    ],
    exitCode: 1,
    answered: 'earlier',
    deployments: 2,
  },
];

export const apiRows = [...passingFaults, ...lastingFaults];
