import { type FaultInjector, faultsOf, startPlatform } from '@odoobo/local-platform';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A rule, and how many calls have matched it. */
interface Meter {
  /** Without how often it applies. */
  rule: string;
  faultOf: FaultInjector;
  calls: number;
}

/** The local platform of a folder in its own process; calls of its API fail by rules that a test can change. */
export class FaultPlatform {
  readonly #ended: Promise<never>;

  private constructor(private readonly process: ChildProcess) {
    this.#ended = once(process, 'exit').then(() => {
      throw new Error('The platform with faults has ended.');
    });
    // If it ends while nothing waits for it, that is not a failure.
    this.#ended.catch(() => undefined);
  }

  /** Takes over the running services: no other server may run in the folder. */
  static async start(directory: string): Promise<FaultPlatform> {
    const child = fork(join(import.meta.dirname, '../../dist/faults/fault-platform.js'), [directory], {
      cwd: directory,
    });
    const platform = new FaultPlatform(child);
    await platform.#reply();
    return platform;
  }

  /**
   * From now on, calls fail by these rules; docs/local-platform.md describes them.
   * @returns the previous rules, each with how often it was used: `x0` if no call has matched it
   */
  async fail(rules: readonly string[]): Promise<string[]> {
    this.process.send(rules);
    return this.#reply();
  }

  async #reply(): Promise<string[]> {
    const [used] = (await Promise.race([once(this.process, 'message'), this.#ended])) as [string[]];
    return used;
  }
}

/** Serves a folder until SIGTERM. Each message contains the new rules; the answer says how often the earlier ones were used. */
async function serve(directory: string): Promise<void> {
  let meters: Meter[] = [];
  const platform = await startPlatform({
    directory,
    ingressProcess: true,
    fault: (request) => {
      for (const meter of meters) {
        const fault = meter.faultOf(request);
        if (!fault) continue;
        meter.calls += 1;
        return fault;
      }
      return undefined;
    },
  });
  process.on('message', (rules: string[]) => {
    const used = meters.map(({ rule, calls }) => `${rule} x${calls}`);
    meters = rules.map((rule) => ({
      rule: rule.replace(/ x\d+$/, ''),
      faultOf: faultsOf([rule]),
      calls: 0,
    }));
    process.send?.(used);
  });
  process.once('SIGTERM', () => void platform.close().then(() => process.disconnect()));
  process.send?.([]);
}

const [, program, directory] = process.argv;
if (program === import.meta.filename && directory !== undefined) await serve(directory);
