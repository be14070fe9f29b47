import { canListen, freePort } from '@odoobo/machine/network';
import { currentBoot } from '@odoobo/machine/process';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ContainerCommand, ContainerImage, EngineName } from '../containers/container-engine.js';
import { DeploymentFailure } from '../deployments/failure.js';
import type { InstanceProcess } from '../deployments/progression.js';
import { workingDirectoryOf } from '../images/image-store.js';
import { type Mark, ownMounts } from '../process/mark.js';
import { markOf } from '../process/platform-processes.js';
import { adoptGroup, type ProcessGroup, startGroup } from '../process/process-group.js';
import type { Unpacked } from '../sources/source.js';
import {
  instanceFolder,
  nameOf,
  type Place,
  readProcessRecord,
  removeProcessRecord,
  writeProcessRecord,
} from '../state/process-record.js';
import type { ComponentRun } from './component-run.js';
import { commandOf, countsOf, hasPort, httpPortOf, otherPortsOf, sizeOf } from './component-spec.js';
import { runEnvironment } from './environment.js';
import { stopLeftover } from './leftovers.js';

/** The command that a component runs as, for what has one. */
type Runnable = Parameters<typeof commandOf>[0];

/**
 * One of the processes of a component, or of a job: starts it, any number of times, and stops what it started. Its port
 * stays the same, because other components may know it.
 */
export class InstanceRun {
  readonly place: Place;
  #port: number | undefined;
  #group: ProcessGroup | undefined;
  #isLost = false;
  /** Where it runs in a container. */
  #engine: EngineName | undefined;

  constructor(
    readonly component: ComponentRun,
    readonly instance: number,
  ) {
    this.place = { deployment: component.deployment.id, component: component.name, instance };
  }

  /** Where it listens, once a port is reserved; workers and jobs do not listen. */
  get port(): number | undefined {
    return this.#port;
  }

  /** What runs now, or has run last. */
  get group(): ProcessGroup | undefined {
    return this.#group;
  }

  /** As something that a shell can be opened beside; undefined where nothing runs. */
  get process(): InstanceProcess | undefined {
    if (!this.#group) return undefined;
    const { mark } = this.#found;
    return { pid: this.#group.identity.pid, mark, inContainer: this.#engine !== undefined };
  }

  /** Such as `web-0`: how the platform's log lines call it. */
  get name(): string {
    return `${this.component.name}-${this.instance}`;
  }

  /** Whether the process that an earlier server left has ended by itself, since this machine was started. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Whether its component never has another instance. */
  get alone(): boolean {
    return countsOf(this.component.component).most === 1;
  }

  /** Whether it listens on a port that its spec names, so that a second one cannot run beside it. */
  get hasFixedPort(): boolean {
    const { kind, spec } = this.component.component;
    return kind === 'service' && (this.#port === httpPortOf(spec) || otherPortsOf(spec).length > 0);
  }

  /** It was found to listen there, whatever its PORT says. */
  async moveTo(port: number): Promise<void> {
    const before = this.#port;
    this.release();
    this.#ports.add(port);
    this.#setPort(port);
    await this.#record(this.#group);
    await this.component.log.write(
      'DEPLOY',
      `${this.name} listens on port ${port} instead of ${before}, its PORT: requests go there. ` +
        'A second one cannot run beside it, so the next deployment pauses it. Let it read the variable PORT',
    );
  }

  /** Before anything of the deployment is started, so that components can refer to each other both ways. */
  async reserve(preferred?: number): Promise<void> {
    if (!hasPort(this.component.component)) return;
    this.#setPort(await reservePort(this.#ports, preferred));
  }

  /**
   * Takes over the process that an earlier server started, if it still runs; else ends its remaining processes and reserves the
   * port that it had.
   */
  async adopt(): Promise<void> {
    const record = await readProcessRecord(this.#run, this.place);
    this.#engine = record?.engine;
    this.#group = record?.identity && (await adoptGroup(record.identity, this.#found));
    if (this.#group === undefined) {
      this.#isLost = record?.identity?.bootId === (await currentBoot());
      await stopLeftover(this.component.runtime.layout, this.place, 0);
      await this.reserve(record?.port);
    } else if (record?.port !== undefined) {
      this.#ports.add(record.port);
      this.#setPort(record.port);
    }
  }

  /**
   * Starts a process from a fresh copy of the build, as a container would. A failed start leaves nothing behind.
   * @throws DeploymentFailure when the command cannot be executed; Error
   */
  async start(): Promise<ProcessGroup> {
    let group: ProcessGroup | undefined;
    try {
      await this.#keepPort();
      const folder = instanceFolder(this.#run, this.place);
      const build = await this.#unpack(folder);
      this.#engine = build.container?.engine;
      const env = await this.#environment(build);
      await this.#record();
      group = await this.#spawn(build, folder, env);
      await this.#record(group);
    } catch (error) {
      await group?.stop({ graceMs: 0 });
      await this.#removeContainer();
      await removeProcessRecord(this.#run, this.place);
      throw error;
    }
    this.#group = group;
    this.#isLost = false;
    const where = this.#port === undefined ? '' : ` on port ${this.#port}`;
    await this.component.log.write('DEPLOY', `started process ${group.identity.pid}${where}`);
    return group;
  }

  /**
   * Resolves with a message when the process exceeds the memory of its instance size; undefined when the signal is
   * aborted. The system does not limit the process, so the platform ends it then.
   */
  async untilOutOfMemory(signal: AbortSignal): Promise<string | undefined> {
    const { runtime, component } = this.component;
    const group = this.#group;
    if (group === undefined) return undefined;
    const { slug, memoryBytes } = sizeOf(component);
    const held = await runtime.memory.exceeds(group, memoryBytes, signal);
    if (held === undefined) return undefined;
    return `used ${toMiB(held)} MiB of memory, more than the ${toMiB(memoryBytes)} MiB of its instance size ${slug}`;
  }

  /** SIGTERM, the grace period, SIGKILL; then deletes the copy of the build. Safe to repeat. */
  async stop(graceMs = this.component.graceMs): Promise<void> {
    const group = this.#group;
    if (group === undefined) return;
    await group.stop({ graceMs });
    await this.#removeContainer();
    await this.component.cutLog('RUN');
    await removeProcessRecord(this.#run, this.place);
    this.#group = undefined;
  }

  /** Gives its port back; it starts no more. */
  release(): void {
    if (this.#port !== undefined) this.#ports.delete(this.#port);
    this.#port = undefined;
  }

  get #run(): string {
    return this.component.runtime.layout.run;
  }

  /** Identifies everything that it starts. */
  get #found(): { mark: Mark; traces: string[] } {
    const { runtime, appId, log } = this.component;
    const mark = {
      ...markOf(runtime.layout, 'instance', nameOf(this.place)),
      app: appId,
      ...(this.#engine && { mounts: ownMounts() }),
    };
    // Several instances of a component write to one log.
    const traces = [instanceFolder(this.#run, this.place), ...(this.alone ? [log.file('RUN')] : [])];
    return { mark, traces };
  }

  get #ports(): Set<number> {
    return this.component.runtime.ports;
  }

  /** Another program may have taken the port while the process was down; users of the old port must be informed again. */
  async #keepPort(): Promise<void> {
    const before = this.#port;
    if (before === undefined || (await canListen(before))) return;
    this.release();
    await this.reserve();
    await this.component.log.write(
      'DEPLOY',
      `warning: another program listens on port ${before}; ${this.name} has port ${this.#port} now`,
    );
  }

  #setPort(port: number): void {
    this.#port = port;
    if (this.instance === 0) this.component.announce(port);
  }

  async #record(group?: ProcessGroup): Promise<void> {
    await writeProcessRecord(this.#run, this.place, {
      ...(this.#port !== undefined && { port: this.#port }),
      ...(group && { identity: group.identity }),
      ...(this.#engine && { engine: this.#engine }),
    });
  }

  async #removeContainer(): Promise<void> {
    if (this.#engine) await this.component.runtime.containers.named(this.#engine).remove(nameOf(this.place));
  }

  async #unpack(folder: string): Promise<Unpacked> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
    return this.component.unpack(folder);
  }

  async #environment(build: Unpacked): Promise<Record<string, string>> {
    await this.component.openDatabases();
    const bindings = this.component.bindings({ port: this.#port });
    const { env, unreadable } = runEnvironment(build, this.component.runtime.secrets, bindings);
    await this.component.warnOfUnreadable('DEPLOY', unreadable);
    return env;
  }

  #inContainer(
    container: ContainerImage,
    workingDir: string,
    command: readonly string[],
    env: Record<string, string>,
  ): Promise<ContainerCommand> {
    const { memoryBytes } = sizeOf(this.component.component);
    return this.component.runtime.containers.named(container.engine).start({
      name: nameOf(this.place),
      container,
      command,
      workingDir,
      env,
      mark: this.#found.mark,
      memoryBytes,
    });
  }

  async #spawn(build: Unpacked, folder: string, env: Record<string, string>): Promise<ProcessGroup> {
    const { component, log } = this.component;
    try {
      // What runs has a command: a static site is never started.
      const command = commandOf(component.spec as Runnable, build);
      const started = build.container
        ? await this.#inContainer(build.container, build.workingDir, command, env)
        : { command, env };
      const cwd = build.container ? folder : workingDirectoryOf(build, folder);
      await mkdir(cwd, { recursive: true });
      return await startGroup({ ...started, cwd, output: log.file('RUN'), ...this.#found });
    } catch (cause) {
      throw new DeploymentFailure('ContainerCommandNotExecutable', (cause as Error).message, { cause });
    }
  }
}

function toMiB(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}

/**
 * A port of its own for an instance: the preferred one if that is free. It stays in `ports` until the instance is gone
 * for good, so that a process that is restarted answers where others expect it.
 */
async function reservePort(ports: Set<number>, preferred?: number): Promise<number> {
  if (preferred !== undefined && !ports.has(preferred) && (await canListen(preferred))) {
    return reserve(ports, preferred) ?? reservePort(ports);
  }
  return reserve(ports, await freePort(ports)) ?? reservePort(ports);
}

/** Undefined when another reservation found the same one meanwhile. */
function reserve(ports: Set<number>, port: number): number | undefined {
  if (ports.has(port)) return undefined;
  ports.add(port);
  return port;
}
