import type { Behaviour } from '../support/service.js';
import type { SkillFiles } from '../support/workspace.js';
import type { FaultRow } from './row.js';

/** What happens to the deployer of a skill. */
export interface DeployerRow extends FaultRow {
  /** The behaviour of the new version; `marks` is a folder for marker files. */
  behaviour: (marks: string) => Behaviour;
  /** The files of the first version. */
  files?: (marks: string) => SkillFiles;
}

/** A version that starts only when the test allows it needs time. */
const patient: SkillFiles = { initialDelay: 600 };
const waits = (marks: string): Behaviour => ({ startsWhen: `${marks}/go` });

const killed = { reads: [], exitCode: 137, answered: 'earlier', deployments: 2, behaviour: waits } as const;

/** Deployers that are killed at a step. */
export const killedDeployers = {
  planned: {
    ...killed,
    name: 'the deployer is killed before its write (planned)',
    skill: 'killed-planned',
    onlyAtNight: true,
    behaviour: () => ({}),
    thenReads: ['✔ <skill> updated <url>'],
  },
  written: {
    ...killed,
    name: 'the deployer is killed right after its write (written, building)',
    skill: 'killed-written',
    files: () => patient,
    thenReads: ['✔ <skill> followed <url>'],
  },
  deploying: {
    ...killed,
    name: 'the deployer is killed while the new version starts (deploying)',
    skill: 'killed-deploying',
    onlyAtNight: true,
    files: () => patient,
    thenReads: ['✔ <skill> followed <url>'],
  },
  verifying: {
    ...killed,
    name: 'the deployer is killed while it verifies what is live (active, verifying)',
    skill: 'killed-verifying',
    behaviour: (marks) => ({ fault: 'hangs-once-live', faultWhen: `${marks}/hang` }),
    answered: 'earlier, new',
    thenReads: ['✔ <skill> unchanged <url>'],
  },
  rollingBack: {
    ...killed,
    name: 'the deployer is killed while it rolls back (rolling-back)',
    skill: 'killed-rolling-back',
    behaviour: () => ({ fault: 'wrong-version' }),
    files: (marks) => ({ ...patient, behaviour: { startsWhen: `${marks}/first` } }),
    answered: 'earlier, new',
    // The first version, the wrong one, the rollback to the first, and the one that fixes it.
    deployments: 4,
    thenReads: ['✔ <skill> updated <url>'],
  },
} satisfies Record<string, DeployerRow>;

const interrupted = {
  answered: 'earlier',
  deployments: 2,
  behaviour: waits,
  files: () => patient,
  reads: ['stopped: deployment <id> is still DEPLOYING; the next deploy continues from there'],
  thenReads: ['✔ <skill> followed <url>'],
} as const;

/** Deployers that are asked to stop: Nx exits with 130 after either signal. */
export const stoppedDeployers = {
  SIGINT: { ...interrupted, name: 'Ctrl-C (SIGINT)', skill: 'interrupted', exitCode: 130 },
  SIGTERM: { ...interrupted, name: 'SIGTERM', skill: 'terminated', exitCode: 130, onlyAtNight: true },
} satisfies Record<string, DeployerRow>;

/** Two terminals deploy the same skill at once: one makes the deployment, the other follows it. */
export const twoDeployers: DeployerRow = {
  name: 'two deploys of one skill run at the same time',
  skill: 'two-terminals',
  behaviour: (marks) => ({ startsWhen: `${marks}/both` }),
  files: () => patient,
  reads: ['✔ <skill> updated <url>', '✔ <skill> followed <url>'],
  exitCode: 0,
  answered: 'earlier, new',
  deployments: 2,
};

export const deployerRows: readonly DeployerRow[] = [
  ...Object.values(killedDeployers),
  ...Object.values(stoppedDeployers),
  twoDeployers,
];
