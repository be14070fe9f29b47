import { readPlatform, stopPlatform } from '@odoobo/local-platform/client';
import { freePort } from '@odoobo/machine/network';
import { type FSWatcher, watch } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../poll.js';
import { findLeftovers, findProblems, type Problem, readSnapshot, type Snapshot } from './check.js';
import { type Deployer, type DeployerEnd, type Errand, startDeployer } from './errand.js';
import { FleetOfVersions, type Wish } from './fleet.js';
import { type Moment, planRound, type RoundPlan, type Write } from './plan-round.js';
import { Random } from './random.js';

export { buildVersion } from './version.js';
export { describeMoment, targets, type RoundPlan, type Target } from './plan-round.js';

/** The result of one round. */
export interface Round {
  plan: RoundPlan;
  /** Skills that were changed. */
  changes: number;
  /** Whether the deploy ended before the moment came. */
  tooLate: boolean;
  /** From the kill until the next deploy ended, in milliseconds. */
  recoveryMs: number;
  /** The problems found; empty if there were none. */
  problems: Problem[];
}

const skills = ['web', 'api', 'search'];
/** More time than a service may take that drains, or is being stopped. */
const settleMs = 30_000;

/**
 * Kills the platform, the deployer or both at random moments of a deploy, deploys again, and checks whether the result
 * is the same as without a kill.
 */
export class KillNineSoak {
  readonly #random: Random;
  readonly #fleet: FleetOfVersions;
  readonly #errand: Omit<Errand, 'versions'>;
  #snapshot: Snapshot = new Map();
  #usualMs = 0;
  #deployers = 0;

  private constructor(
    readonly folder: string,
    port: number,
    seed: number,
  ) {
    this.#random = new Random(seed);
    this.#fleet = new FleetOfVersions(join(folder, 'images'), skills);
    this.#errand = { platform: join(folder, 'platform'), port, claims: join(folder, 'claims') };
  }

  /** Starts with one undisturbed deploy. */
  static async start(seed: number): Promise<KillNineSoak> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'kill-9-')));
    const soak = new KillNineSoak(folder, await freePort(), seed);
    try {
      await soak.#prepare();
      return soak;
    } catch (error) {
      await soak.close();
      throw error;
    }
  }

  /** The first deploy starts everything; the second one measures how long a deploy usually takes. */
  async #prepare(): Promise<void> {
    await mkdir(this.#errand.claims);
    await this.#deployUndisturbed(await this.#fleet.first());
    this.#usualMs = await this.undisturbed();
  }

  /** An undisturbed deploy. @returns how long it took, in milliseconds @throws Error when it fails */
  async undisturbed(): Promise<number> {
    return this.#deployUndisturbed(await this.#fleet.next(this.#random));
  }

  async #deployUndisturbed(wishes: readonly Wish[]): Promise<number> {
    const since = performance.now();
    const end = await (await this.#deploy(wishes)).ended;
    const took = performance.now() - since;
    this.#fleet.settle(wishes);
    const problems = await this.#check(wishes, end);
    if (problems.length === 0) return took;
    throw new Error(`Not even a deploy that nothing disturbs works: ${JSON.stringify(problems, null, 2)}`);
  }

  /** One kill, and the deploy after it. */
  async round(): Promise<Round> {
    const plan = planRound(this.#random);
    const wishes = await this.#fleet.next(this.#random);
    if (plan.platformDown) await this.#killPlatform();
    const moment = await watchForMoment(plan.moment, this.#errand, this.#usualMs);
    const first = await this.#deploy(wishes);
    let over = false;
    void first.ended.then(() => (over = true));
    await moment(first.ended);
    const tooLate = over;
    await this.#kill(plan, first);
    const since = performance.now();
    const end = await (await this.#deploy(wishes)).ended;
    const recoveryMs = performance.now() - since;
    // If only the platform was killed, the deployer continues, and must end as well.
    await first.ended;
    this.#fleet.settle(wishes);
    const problems = await this.#check(wishes, end);
    const changes = wishes.filter(({ changed }) => changed).length;
    return { plan, changes, tooLate, recoveryMs, problems };
  }

  /** Stops all processes and deletes all files. */
  async close(): Promise<void> {
    await stopPlatform(this.#errand.platform);
    await rm(this.folder, { recursive: true, force: true });
  }

  #deploy(wishes: readonly Wish[]): Promise<Deployer> {
    const versions = wishes.map(({ version }) => version);
    return startDeployer(this.folder, `deployer-${this.#deployers++}`, { ...this.#errand, versions });
  }

  async #kill({ target }: RoundPlan, deployer: Deployer): Promise<void> {
    if (target !== 'platform') deployer.kill();
    if (target !== 'deployer') await this.#killPlatform();
  }

  async #killPlatform(): Promise<void> {
    const record = await readPlatform(this.#errand.platform);
    try {
      if (record) process.kill(record.identity.pid, 'SIGKILL');
    } catch (error) {
      // The process has ended already.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  async #check(wishes: readonly Wish[], { results, output }: DeployerEnd): Promise<Problem[]> {
    const before = this.#snapshot;
    const after = await readSnapshot(this.#errand.platform).catch((cause: unknown) => {
      throw new Error(`The platform does not answer after a deploy, which printed: ${output}`, { cause });
    });
    this.#snapshot = after;
    const found = await Promise.all(
      wishes.map((wish) => findProblems(wish, results.get(wish.skill), before, after)),
    );
    const problems = [...found.flat(), ...(await this.#leftovers())];
    if (problems.length === 0 || output === '') return problems;
    return [...problems, { of: 'result', says: `the deployer printed: ${output}` }];
  }

  /** Waits until nothing is left over. @returns what remains after the wait */
  async #leftovers(): Promise<Problem[]> {
    let left: Problem[] = [];
    const look = async () => {
      // A folder may be deleted while it is read: then it is read again.
      left = await findLeftovers(this.#errand.platform, this.#snapshot).catch((error: unknown) => [
        { of: 'files' as const, says: String(error) },
      ]);
      return left.length === 0;
    };
    await until('nothing is left over', look, settleMs).catch(() => undefined);
    return left;
  }
}

interface WatchedFolders {
  platform: string;
  claims: string;
}

/**
 * Waits for the moment at which a deploy should be killed.
 *
 * @param usualMs how long an undisturbed deploy takes
 * @param ended resolves when the deploy is over, at which the wait ends
 * @returns a function to await; it starts to watch at once
 */
async function watchForMoment(
  moment: Moment,
  folders: WatchedFolders,
  usualMs: number,
): Promise<(ended: Promise<unknown>) => Promise<void>> {
  const done = new AbortController();
  const coming =
    moment.kind === 'time'
      ? delay(moment.share * usualMs, undefined, { signal: done.signal })
      : afterWrite(await folderOf(moment.of, folders), moment.nth, done.signal).then(() =>
          delay(moment.thenMs, undefined, { signal: done.signal }),
        );
  coming.catch(() => undefined);
  return async (ended) => {
    await Promise.race([coming, ended]);
    done.abort();
  };
}

async function folderOf(write: Write, { platform, claims }: WatchedFolders): Promise<string> {
  const folder = {
    'app record': join(platform, 'apps'),
    'process record': join(platform, 'run'),
    'image blob': join(platform, 'images/incoming'),
    'platform record': platform,
    claim: claims,
  }[write];
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Resolves after the nth change in a folder. */
function afterWrite(folder: string, nth: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let changes = 0;
    const watcher: FSWatcher = watch(folder, () => {
      if (++changes >= nth) resolve();
    });
    watcher.once('error', reject);
    signal.addEventListener('abort', () => watcher.close(), { once: true });
  });
}
