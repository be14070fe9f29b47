import type { Behaviour } from '../support/service.js';
import type { SkillFiles } from '../support/workspace.js';
import type { FaultRow } from './row.js';

/** A fault of the new version itself. */
export interface SkillRow extends FaultRow {
  /** The behaviour of the new version; `marks` is a folder for marker files. */
  behaviour: (marks: string) => Behaviour;
  /** The files of both versions. */
  files?: SkillFiles;
}

const neverLive = { exitCode: 1, answered: 'earlier', deployments: 3 } as const;
const unhealthy =
  '<skill>: failed after <time>…reason: DeployContainerHealthChecksFailed…Deployment <id> keeps serving.';

/** New versions that fail before they are live. */
export const failingSkills: readonly SkillRow[] = [
  {
    ...neverLive,
    name: 'it crashes at startup',
    skill: 'crashes',
    behaviour: () => ({ fault: 'crashes' }),
    reads: [
      '<skill>: failed after <time>…reason: DeployContainerExitNonZero…Deployment <id> keeps serving.…no database',
    ],
  },
  {
    ...neverLive,
    name: 'it listens on the wrong port',
    skill: 'wrong-port',
    onlyAtNight: true,
    behaviour: () => ({ fault: 'wrong-port' }),
    reads: [unhealthy],
  },
  {
    ...neverLive,
    name: 'its health check returns 500',
    skill: 'answers-500',
    behaviour: () => ({ fault: 'answers-500' }),
    reads: [unhealthy, '| …asked for health, answering 500'],
  },
  {
    ...neverLive,
    name: 'its health check hangs',
    skill: 'hangs',
    onlyAtNight: true,
    behaviour: () => ({ fault: 'hangs' }),
    reads: [unhealthy],
  },
  {
    ...neverLive,
    name: 'it binds its port later than its health check allows',
    skill: 'binds-too-late',
    onlyAtNight: true,
    behaviour: (marks) => ({ startsWhen: `${marks}/never` }),
    reads: [unhealthy],
  },
  {
    ...neverLive,
    name: 'it uses more memory than its instance size has',
    skill: 'takes-memory',
    onlyAtNight: true,
    behaviour: () => ({ fault: 'takes-too-much-memory' }),
    files: { initialDelay: 600 },
    reads: [
      '<skill>: failed after <time>…reason: ContainerOutOfMemory…more than the 512 MiB of its instance size…Deployment <id> keeps serving.',
    ],
  },
];

const rolledBack = { exitCode: 1, answered: 'earlier, new, earlier', deployments: 4 } as const;

/** New versions that fail once they are live. */
export const failingOnceLive: readonly SkillRow[] = [
  {
    ...rolledBack,
    name: 'it goes live, then crashes at every start',
    skill: 'crashes-for-good',
    onlyAtNight: true,
    answered: 'earlier',
    behaviour: (marks) => ({ fault: 'crashes-for-good-once-live', crashMark: `${marks}/crashed-for-good` }),
    reads: [
      '<skill>: rolled-back after <time>…reason: HealthCheckFailed…Rolled back to <id>, as deployment <id>, which is healthy.',
    ],
    crashMark: '.marks/crashed-for-good',
  },
  {
    ...rolledBack,
    name: 'its health check returns 500 once it is live',
    skill: 'turns-500',
    behaviour: () => ({ fault: 'answers-500-once-live' }),
    reads: [
      '<skill>: rolled-back after <time>…reason: HealthCheckFailed…it answered 500. Rolled back to <id>, as deployment <id>, which is healthy.',
    ],
  },
  {
    ...rolledBack,
    name: 'its health check hangs once it is live',
    skill: 'turns-hanging',
    onlyAtNight: true,
    behaviour: () => ({ fault: 'hangs-once-live' }),
    reads: [
      '<skill>: rolled-back after <time>…reason: HealthCheckFailed…Rolled back to <id>, as deployment <id>, which is healthy.',
    ],
  },
  {
    ...rolledBack,
    name: 'it is healthy but reports a wrong version (with `--smokeTest`)',
    skill: 'wrong-version',
    behaviour: () => ({ fault: 'wrong-version' }),
    reads: [
      '<skill>: rolled-back after <time>…reason: SmokeTestFailed…version: got "0.0.9", expected "1.0.0"…Rolled back to <id>, as deployment <id>, which is healthy.',
    ],
  },
];

/** A version that failed once it was live, and is deployed again unchanged. */
export const deployedAgain: SkillRow = {
  ...rolledBack,
  name: 'it was rolled back and is deployed again unchanged',
  skill: 'deployed-again',
  onlyAtNight: true,
  behaviour: () => ({ fault: 'answers-500-once-live' }),
  answered: 'earlier',
  reads: [
    '‖ <skill> held Held: this version was live as deployment <id> and was rolled back at …deploy this version again: --retry',
  ],
};

/** A version without a fault, in the same run as those with one. */
export const beside: SkillRow = {
  name: 'it is good, but others in the same run fail',
  skill: 'beside',
  behaviour: () => ({}),
  reads: ['✔ <skill> updated <url>'],
  exitCode: 1,
  answered: 'earlier, new',
  deployments: 2,
  thenReads: ['✔ <skill> unchanged <url>'],
};

export const bindsLate: SkillRow = {
  name: 'it binds its port late, but within the limit of its health check',
  skill: 'binds-late',
  behaviour: (marks) => ({ startsWhen: `${marks}/late` }),
  files: { initialDelay: 600 },
  reads: ['✔ <skill> updated <url>'],
  exitCode: 0,
  answered: 'earlier, new',
  deployments: 2,
};

/** Also gets requests that take longer than the `drain_seconds` of its App Spec, and less than its grace period. */
export const slowlyAsked: SkillRow = {
  name: 'requests to the previous version outlast its `drain_seconds`',
  skill: 'slowly-asked',
  behaviour: () => ({}),
  reads: ['✔ <skill> updated <url>'],
  exitCode: 0,
  answered: 'earlier, new',
  deployments: 2,
};

/** New versions that go live in the end. */
export const lateSkills: readonly SkillRow[] = [
  bindsLate,
  {
    name: 'it goes live, crashes once, and is restarted',
    skill: 'crashes-once',
    onlyAtNight: true,
    behaviour: (marks) => ({ fault: 'crashes-once-live', crashMark: `${marks}/crashed-once` }),
    reads: ['✔ <skill> updated <url>'],
    exitCode: 0,
    answered: 'earlier, new',
    deployments: 2,
    crashMark: '.marks/crashed-once',
  },
  slowlyAsked,
];

/** Nx exits with 130 if a task was not run because another one had failed. */
export const unbuildableSkills: readonly SkillRow[] = [
  {
    name: 'its build fails',
    skill: 'builds-not',
    behaviour: () => ({ fault: 'does-not-build' }),
    reads: ['skills/<skill>/src/main.js does not bundle:', './does-not-exist.js'],
    exitCode: 130,
    answered: 'earlier',
    deployments: 2,
  },
];

/** They stay broken until their sources are changed. */
export const brokenForGood = [...unbuildableSkills, ...failingSkills, ...failingOnceLive, deployedAgain];

export const skillRows: readonly SkillRow[] = [...brokenForGood, beside, ...lateSkills];
