import { canListen, freePort } from '@odoobo/machine/network';
import type { ProcessIdentity } from '@odoobo/machine/process';
import { readFile, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { readTail } from '../logs/read-log.js';
import { endProcesses, endsWithin, signalProcess } from '../process/end-processes.js';
import { hostPath } from '../process/host-path.js';
import type { Mark } from '../process/mark.js';
import { adoptGroup, describeExit, type ProcessGroup, startGroup } from '../process/process-group.js';
import { replaceFile } from '../state/atomic-file.js';
import type { SystemUser } from './system-user.js';

/** Which process serves, and where: for the next server of the platform. */
const recordSchema = z.object({
  port: z.number().int(),
  identity: z.object({ pid: z.number().int(), startTime: z.string(), bootId: z.string() }).optional(),
});
type ServerRecord = z.infer<typeof recordSchema>;

/** How the process of a server of databases is found and ended. */
export interface ServerProcess {
  mark: Mark;
  /** Where it works, and its data is; its record and its output are beside it. */
  folder: string;
  /** Ends it without waiting for its clients, and with its data in order. */
  endedBy: NodeJS.Signals;
}

/** What a server of databases is. Its folder is there. */
export interface ServerKind extends ServerProcess {
  /** For people: `PostgreSQL 15`. */
  title: string;
  command(port: number): readonly string[];
  user: SystemUser | undefined;
  /** Rejects as long as it takes no connections. */
  connect(port: number): Promise<void>;
}

/** How long it may take to come up: after a crash it first reads what it had not finished. */
const startMs = 60_000;
const pollMs = 20;
/** How long it gets to put its data in order. Later it does that at its next start. */
const stopMs = 8_000;
const restartMs = 1_000;

/**
 * One server of databases: started when it is first needed, and kept running. It outlives a killed server of the platform, as
 * the instances do, and the next one takes it over.
 */
export class DatabaseServer {
  #up: Promise<number> | undefined;
  #group: ProcessGroup | undefined;
  #isClosing = false;

  /** @param ports those that are given away; its own is added */
  constructor(
    private readonly kind: ServerKind,
    private readonly ports: Set<number>,
    private readonly warn: (message: string) => void,
  ) {}

  /**
   * The port of 127.0.0.1 at which it takes connections; starts it where it does not run.
   * @throws Error with what it printed last, when it does not come up
   */
  port(): Promise<number> {
    this.#up ??= this.#takeOverOrStart().catch((error: unknown) => {
      // The next deployment tries again.
      this.#up = undefined;
      throw error;
    });
    return this.#up;
  }

  /** Ends it, whoever started it. Safe to repeat. */
  async stop(): Promise<void> {
    this.#isClosing = true;
    await this.#up?.catch(() => undefined);
    await endServer(this.kind);
    this.#group = undefined;
    this.#up = undefined;
  }

  async #takeOverOrStart(): Promise<number> {
    const record = await readRecord(this.kind);
    const adopted = await runningGroup(this.kind, record);
    const port = adopted && record ? record.port : await this.#freePort(record?.port);
    this.ports.add(port);
    this.#group = adopted ?? (await this.#start(port));
    await this.#untilUp(this.#group, port);
    this.#keepRunning(this.#group);
    return port;
  }

  /** The one from before, because running instances know it. */
  async #freePort(before: number | undefined): Promise<number> {
    if (before !== undefined && (await canListen(before))) return before;
    if (before !== undefined)
      this.warn(`${this.kind.title} has a new port, because another program listens on ${before}.`);
    return freePort(this.ports);
  }

  async #start(port: number): Promise<ProcessGroup> {
    const { kind } = this;
    // What a killed server leaves still has its files open.
    const { root, name } = kind.mark;
    const owns = (mark: Mark): boolean =>
      mark.root === root && mark.kind === 'database' && mark.name === name;
    await endProcesses({ owns, traces: [kind.folder] }, 0);
    await truncate(this.#output).catch(() => undefined);
    return startGroup({
      command: kind.command(port),
      cwd: kind.folder,
      env: { PATH: hostPath(), HOME: kind.folder, LC_ALL: 'C', TZ: 'UTC' },
      user: kind.user,
      output: this.#output,
      mark: kind.mark,
      note: (identity) => this.#writeRecord({ port, identity }),
    });
  }

  /** @throws Error when it ends, or takes too long */
  async #untilUp(group: ProcessGroup, port: number): Promise<void> {
    let ended: string | undefined;
    void group.exited.then((exit) => (ended = describeExit(exit)));
    const deadline = performance.now() + startMs;
    for (;;) {
      const problem = await this.kind.connect(port).then(
        () => undefined,
        (error: Error) => error.message,
      );
      if (problem === undefined) return;
      if (ended !== undefined) throw await this.#failure(ended);
      if (performance.now() > deadline) {
        await group.stop({ graceMs: 0 });
        throw await this.#failure(`takes no connections within ${startMs / 1000} s (${problem})`);
      }
      await delay(pollMs);
    }
  }

  async #failure(what: string): Promise<Error> {
    const tail = (await readTail(this.#output, 5)).join('').trim();
    return new Error(`${this.kind.title} ${what}. Its log is ${this.#output}. ${tail}`.trim());
  }

  /** One that ends by itself is started again, once; the next deployment tries again as well. */
  #keepRunning(group: ProcessGroup): void {
    void group.exited.then(async (exit) => {
      if (this.#isClosing || this.#group !== group) return;
      this.#up = undefined;
      this.warn(`${this.kind.title} ${describeExit(exit)}; it is started again.`);
      await delay(restartMs, undefined, { ref: false });
      if (!this.#isClosing) await this.port().catch((error: Error) => void this.warn(error.message));
    });
  }

  get #output(): string {
    return join(dirname(this.kind.folder), `${this.kind.mark.name}.log`);
  }

  #writeRecord(record: { port: number; identity: ProcessIdentity }): Promise<void> {
    return replaceFile(recordFile(this.kind), JSON.stringify(record));
  }
}

/** Ends what runs of a server, whoever started it. Safe to repeat. */
export async function endServer(server: ServerProcess): Promise<void> {
  const group = await runningGroup(server, await readRecord(server));
  if (!group) return;
  await signalProcess(group.identity, server.endedBy);
  await endsWithin(group.identity, stopMs);
  await group.stop({ graceMs: 0 });
}

async function runningGroup(
  { mark }: ServerProcess,
  record: ServerRecord | undefined,
): Promise<ProcessGroup | undefined> {
  return record?.identity && adoptGroup(record.identity, { mark });
}

function recordFile({ folder, mark }: ServerProcess): string {
  return join(dirname(folder), `${mark.name}.json`);
}

async function readRecord(server: ServerProcess): Promise<ServerRecord | undefined> {
  const text = await readFile(recordFile(server), 'utf8').catch(() => '{}');
  return recordSchema.safeParse(JSON.parse(text)).data;
}
