import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findLeftovers, readSnapshot } from '../support/kill-9/check.js';
import { until } from '../support/poll.js';
import { Traffic } from '../support/traffic.js';
import { type NxRun, type SkillFiles, type StartedRun, Workspace } from '../support/workspace.js';

/** Longer than a service that drains, or is being stopped, may take. */
const settleMs = 30_000;

/** The result of a command with faults. */
export interface FaultEnd extends NxRun {
  /** As `performance.now()` has it. */
  startedAt: number;
  endedAt: number;
  /** What each skill answers when the command has ended. */
  serves: ReadonlyMap<string, string>;
  /** What runs and should not. */
  left: readonly string[];
}

type JournalRecord = Record<string, unknown>;
/** Of a record, and what was recorded of the same skill before it. */
export type Condition = (record: JournalRecord, earlier: readonly JournalRecord[]) => boolean;

export const isDeploying: Condition = ({ phase }) => phase === 'DEPLOYING';
export const isFollowing: Condition = ({ action }) => action === 'follow';

interface StartHooks {
  /** Called before the first versions go live. */
  beforeFirst?: (workspace: Workspace) => Promise<void>;
  /** Called when they are live, before the clients begin. */
  beforeClients?: (workspace: Workspace) => Promise<void>;
}

/** The result of the next deploy, after the faults were gone. */
export interface Converged {
  deploy: NxRun;
  healthcheck: NxRun;
  left: readonly string[];
  /** How many deployments the app of each skill has. */
  deployments: ReadonlyMap<string, number>;
}

/**
 * Skills whose first version is live and says `earlier`, with clients that ask them from then on. A command with faults
 * ships the next version, which says `new`; `converge` is what a user does when the faults are gone.
 */
export class FaultRun {
  readonly traffic = new Map<string, Traffic>();
  converged: Converged | undefined;
  /** How many records the journal had when the command that runs began. */
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
      await run.#goLive();
      await beforeClients?.(run.workspace);
      for (const skill of run.skills) run.traffic.set(skill, new Traffic(await run.#urlOf(skill)));
      return run;
    } catch (error) {
      await run.close();
      throw error;
    }
  }

  async #goLive(): Promise<void> {
    const { exitCode, output } = await this.workspace.nx(['run-many', '-t', 'deploy']);
    if (exitCode !== 0) throw new Error(`The first versions do not go live: ${output}`);
  }

  async #urlOf(skill: string): Promise<string> {
    return (await this.workspace.status(skill))['url'] ?? '';
  }

  /** Waits until the command that runs has recorded something of a skill. */
  async untilRecorded(skill: string, type: string, fits: Condition = () => true): Promise<void> {
    await until(`the journal tells of ${skill}: ${type}`, async () => {
      const news = (await this.workspace.journal()).slice(this.#recorded);
      const records = news.filter((record) => record['skill'] === skill);
      return records.some(
        (record, index) => record['type'] === type && fits(record, records.slice(0, index)),
      );
    });
  }

  /** Deploys some skills, to the end. */
  deploy(skills: readonly string[], ...options: string[]): Promise<FaultEnd> {
    return this.during(() => this.startDeploy(skills, ...options).ended);
  }

  startDeploy(skills: readonly string[], ...options: string[]): StartedRun {
    return this.workspace.start(['run-many', '-t', 'deploy', '-p', skills.join(','), ...options]);
  }

  /**
   * Runs a command with faults to its end.
   *
   * @param goesOn it leaves deployments under way, whose processes are no leftovers
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
   * Deploys everything once more and asks for its health; the clients end with it.
   *
   * @param meanwhile is called while the deploy runs
   */
  async converge(meanwhile: () => Promise<void> = async () => undefined): Promise<void> {
    await this.#begin();
    const [deploy] = await Promise.all([this.workspace.nx(['run-many', '-t', 'deploy']), meanwhile()]);
    const healthcheck = await this.workspace.nx(['run-many', '-t', 'healthcheck']);
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
    if (!traffic) throw new Error(`Nobody asks "${skill}".`);
    return traffic;
  }

  /** Waits until nothing is left. @returns what is all the same */
  async #settled(look: () => Promise<string[]>): Promise<string[]> {
    let left: string[] = [];
    const isEmpty = async () => {
      // A folder may go away while it is read: that is looked at once more.
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

  /** But the platform and one process a live skill. */
  async #processes(): Promise<string[]> {
    const platform = join(this.workspace.root, '.local-platform');
    const found = await findLeftovers(platform, await readSnapshot(platform));
    return [...found.map(({ says }) => says), ...(await this.#deployers())];
  }

  async #deployers(): Promise<string[]> {
    return (await this.workspace.deployers()).map(({ pid, command }) => `deployer ${pid}: ${command}`);
  }

  /** A claim that was given back leaves an empty file. */
  async #heldClaims(): Promise<string[]> {
    const folder = join(this.workspace.root, '.nx/skills/claims');
    const names = await readdir(folder).catch(() => []);
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
    return names.filter((_, index) => texts[index] !== '').map((name) => `claim ${name}`);
  }

  async close(): Promise<void> {
    for (const traffic of this.traffic.values()) await traffic.stop();
    await this.workspace.close();
  }
}
