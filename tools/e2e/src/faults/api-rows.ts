import type { FaultRow } from './row.js';

/** A fault of the platform's API. */
export interface ApiRow extends FaultRow {
  /**
   * The calls of the deploy that fail, as rules of docs/local-platform.md; each rule applies as often as it says. `<app>` is the
   * id of the skill's app. The first `GET /v2/apps` asks whether a platform runs, the second one reads the list.
   */
  rules: readonly string[];
}

/** A fault from which a deploy recovers. */
const goesWell = {
  reads: ['✔ <skill> updated <url>'],
  exitCode: 0,
  answered: 'earlier, new',
  deployments: 2,
} as const;

export const apiRows: readonly ApiRow[] = [
  {
    ...goesWell,
    name: 'the API returns 429 with `retry-after`',
    skill: 'asked-to-wait',
    onlyAtNight: true,
    rules: ['GET /v2/apps retry-after:1s x2', 'PUT /v2/apps/<app> retry-after:1s x1'],
  },
  {
    ...goesWell,
    name: 'the API returns 429 without `retry-after`',
    skill: 'refused',
    onlyAtNight: true,
    rules: ['PUT /v2/apps/<app> 429 x2'],
  },
  {
    ...goesWell,
    name: 'the API returns 500',
    skill: 'server-errors',
    rules: ['GET /v2/apps 500 x2', 'PUT /v2/apps/<app> 500 x1'],
  },
  {
    ...goesWell,
    name: 'the connection breaks before a call takes effect',
    skill: 'dropped-before',
    onlyAtNight: true,
    rules: [
      // If the platform drops the call that asks whether it runs, it counts as dead.
      'GET /v2/apps delay:1ms x1',
      'GET /v2/apps drop:before x1',
      'PUT /v2/apps/<app> drop:before x1',
    ],
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
    onlyAtNight: true,
    rules: ['GET /v2/apps truncate x2', 'PUT /v2/apps/<app> truncate x1'],
  },
  {
    name: 'the API keeps returning 500',
    skill: 'lasting-errors',
    // A write is sent at most twice.
    rules: ['PUT /v2/apps/<app> 500 x2'],
    reads: ['<skill>: failed after <time>…reason: server_error…PUT /v2/apps/<id>: 500 server_error'],
    exitCode: 1,
    answered: 'earlier',
    deployments: 2,
  },
  {
    name: 'the API keeps returning 429',
    skill: 'lasting-refusal',
    onlyAtNight: true,
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
