import { holderOfClaim } from '@odoobo/machine/claim';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findLeftovers, readSnapshot } from '../support/kill-9/check.js';
import { until } from '../support/poll.js';
import { Traffic } from '../support/traffic.js';
import { type NxRun, type SkillFiles, type StartedRun, Workspace } from '../support/workspace.js';

/** More time than a service may take that drains, or is being stopped. */
const settleMs = 30_000;

/** The result of a command with faults. */
export interface FaultEnd extends NxRun {
  /** On the clock of `performance.now()`. */
  startedAt: number;
  endedAt: number;
  /** The answer of each skill when the command has ended. */
  serves: ReadonlyMap<string, string>;
  /** Processes and files that should not remain. */
  left: readonly string[];
}

type JournalRecord = Record<string, unknown>;
/** A condition for a record, given the earlier records of the same skill. */
export type Condition = (record: JournalRecord, earlier: readonly JournalRecord[]) => boolean;

export const isDeploying: Condition = ({ phase }) => phase === 'DEPLOYING';
export const isFollowing: Condition = ({ action }) => action === 'follow';

interface StartHooks {
  /** Called before the first versions go live. */
  beforeFirst?: (workspace: Workspace) => Promise<void>;
  /** Called when they are live, before the clients begin. */
  beforeClients?: (workspace: Workspace) => Promise<void>;
}

/** The result of the next deploy, after the faults are removed. */
export interface Converged {
  deploy: NxRun;
  healthcheck: NxRun;
  left: readonly string[];
  /** How many deployments the app of each skill has. */
  deployments: ReadonlyMap<string, number>;
}

/**
 * Skills whose first version is live and answers `earlier`, with clients that send requests from then on. A command with faults
 * deploys the next version, which answers `new`; `converge` does what a user does when the faults are gone.
 */
export class FaultRun {
  readonly traffic = new Map<string, Traffic>();
  converged: Converged | undefined;
  /** How many records the journal had when the current command started. */
  #recorded = 0;

  private constructor(
    readonly workspace: Workspace,
    readonly skills: readonly string[],
  ) {}

  static async start(
    skills: Record<string, SkillFiles>,
    { beforeFirst, beforeClients }: StartHooks = {},
  ): Promise<FaultRun> {
    const earlier = Object.entries(skills).map(([name, files]): [string, SkillFiles] => [
      name,
      { ...files, behaviour: { says: 'earlier', ...files.behaviour } },
    ]);
    const run = new FaultRun(await Workspace.create(Object.fromEntries(earlier)), Object.keys(skills));
    try {
      await beforeFirst?.(run.workspace);
      await run.workspace.setUp(['deploy']);
      await beforeClients?.(run.workspace);
      for (const skill of run.skills) run.traffic.set(skill, new Traffic(await run.#urlOf(skill)));
      return run;
    } catch (error) {
      await run.close();
      throw error;
    }
  }

  async #urlOf(skill: string): Promise<string> {
    return (await this.workspace.status(skill))['url'] ?? '';
  }

  /** Waits until the current command has recorded an event of a skill. */
  async untilRecorded(skill: string, type: string, fits: Condition = () => true): Promise<void> {
    await until(`the journal has ${skill}: ${type}`, async () => {
      const news = (await this.workspace.journal()).slice(this.#recorded);
      const records = news.filter((record) => record['skill'] === skill);
      return records.some(
        (record, index) => record['type'] === type && fits(record, records.slice(0, index)),
      );
    });
  }

  /** Deploys some skills, and waits for the end. */
  deploy(skills: readonly string[], ...options: string[]): Promise<FaultEnd> {
    return this.during(() => this.startDeploy(skills, ...options).ended);
  }

  /** Like `deploy`, without Nx. */
  deployWarm(skills: readonly string[]): Promise<FaultEnd> {
    return this.during(() => this.workspace.warm(['deploy', ...skills]));
  }

  startDeploy(skills: readonly string[], ...options: string[]): StartedRun {
    return this.workspace.start(['run-many', '-t', 'deploy', '-p', skills.join(','), ...options]);
  }

  /**
   * Runs a command with faults to its end.
   *
   * @param goesOn whether it leaves deployments in progress, whose processes do not count as leftovers
   */
  async during(work: () => Promise<NxRun>, { goesOn = false } = {}): Promise<FaultEnd> {
    await this.#begin();
    const startedAt = performance.now();
    const run = await work();
    const endedAt = performance.now();
    const serves = await Promise.all(
      this.skills.map(async (skill): Promise<[string, string]> => [skill, await this.#answerOf(skill)]),
    );
    const left = await this.#settled(() => (goesOn ? this.#deployers() : this.#processes()));
    return { ...run, startedAt, endedAt, serves: new Map(serves), left };
  }

  async #answerOf(skill: string): Promise<string> {
    return (await fetch(this.trafficOf(skill).url)).text();
  }

  /**
   * Deploys everything once more and checks its health; the clients stop afterwards.
   *
   * @param meanwhile is called while the deploy runs
   */
  async converge(meanwhile: () => Promise<void> = async () => undefined): Promise<void> {
    await this.#begin();
    const [deploy] = await Promise.all([this.workspace.nx(['run-many', '-t', 'deploy']), meanwhile()]);
    const healthcheck = await this.workspace.warm(['healthcheck']);
    for (const traffic of this.traffic.values()) await traffic.stop();
    const left = await this.#settled(() => this.#everything());
    const shown = await readSnapshot(join(this.workspace.root, '.local-platform'));
    const deployments = new Map([...shown].map(([skill, one]) => [skill, one.deployments.length]));
    this.converged = { deploy, healthcheck, left, deployments };
  }

  async #begin(): Promise<void> {
    this.#recorded = (await this.workspace.journal()).length;
  }

  trafficOf(skill: string): Traffic {
    const traffic = this.traffic.get(skill);
    if (!traffic) throw new Error(`Nothing requests "${skill}".`);
    return traffic;
  }

  /** Waits until nothing is left over. @returns what remains after the wait */
  async #settled(look: () => Promise<string[]>): Promise<string[]> {
    let left: string[] = [];
    const isEmpty = async () => {
      // A folder may be deleted while it is read: then it is read again.
      left = await look().catch((error: unknown) => [String(error)]);
      return left.length === 0;
    };
    await until('nothing is left', isEmpty, settleMs).catch(() => undefined);
    return left;
  }

  async #everything(): Promise<string[]> {
    const names = await readdir(this.workspace.root);
    return [
      ...(await this.#processes()),
      ...names.filter((name) => name.endsWith('.tmp')).map((name) => `file ${name}`),
      ...(await this.#heldClaims()),
    ];
  }

  /** All processes except the platform and one per live skill. */
  async #processes(): Promise<string[]> {
    const platform = join(this.workspace.root, '.local-platform');
    const found = await findLeftovers(platform, await readSnapshot(platform));
    return [...found.map(({ says }) => says), ...(await this.#deployers())];
  }

  async #deployers(): Promise<string[]> {
    return (await this.workspace.deployers()).map(({ pid, command }) => `deployer ${pid}: ${command}`);
  }

  /** A killed deployer may leave its line in a claim's file, and holds nothing: only a process that lives does. */
  async #heldClaims(): Promise<string[]> {
    const folder = join(this.workspace.root, '.nx/skills/claims');
    const names = await readdir(folder).catch(() => []);
    const holders = await Promise.all(names.map((name) => holderOfClaim(join(folder, name))));
    return names.filter((_, index) => holders[index]).map((name) => `claim ${name}`);
  }

  async close(): Promise<void> {
    for (const traffic of this.traffic.values()) await traffic.stop();
    await this.workspace.close();
  }
}
