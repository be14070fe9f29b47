import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DeploymentRecord } from '../state/app-record.js';
import { waitUntilHealthy } from '../health/health-check.js';
import type { ImageConfig } from '../images/image-store.js';
import { rulesOf } from '../ingress/rules.js';
import type { Traffic } from '../ingress/traffic.js';
import { ComponentLog } from '../logs/log-folder.js';
import { readTail } from '../logs/read-log.js';
import { redactor } from '../logs/redact.js';
import { freePort } from '../process/port.js';
import { adoptGroup, startGroup, type ProcessGroup } from '../process/process-group.js';
import { serviceEnvironment } from './environment.js';
import { DeploymentFailure } from './failure.js';
import {
  componentFolder,
  readProcessRecord,
  removeProcessRecord,
  writeProcessRecord,
  type Place,
  type ProcessRecord,
} from './process-record.js';
import { runnableService, type RunnableService } from './runnable.js';
import type { Runtime } from './runtime.js';
import { commandOf, drainMsOf, graceMsOf, healthCheckOf, workingDirectoryOf } from './service-spec.js';

/** A process that serves, or tries to. */
export interface RunningService {
  port: number;
  group: ProcessGroup;
}

/** How many lines of a failing service's output go into the deploy log. */
const tailLines = 50;

/** The service of one deployment: starts it, any number of times, and checks and stops what it started. */
export class ServiceRun {
  readonly log: ComponentLog;
  readonly redact: (text: string) => string;
  readonly #service: RunnableService;
  readonly place: Place;

  constructor(
    private readonly runtime: Runtime,
    private readonly app: { id: string; url: string },
    private readonly deployment: DeploymentRecord,
  ) {
    this.#service = runnableService(deployment.spec);
    this.place = { deployment: deployment.id, component: this.#service.name };
    this.redact = redactor(runtime.secrets.open(deployment.spec));
    this.log = new ComponentLog(
      runtime.layout.logs,
      deployment.id,
      this.#service.name,
      this.redact,
      runtime.warn,
    );
  }

  get drainMs(): number {
    return drainMsOf(this.#service);
  }

  get graceMs(): number {
    return graceMsOf(this.#service);
  }

  /** What leads to a process of this service. */
  trafficTo(port: number): Traffic {
    return {
      rules: rulesOf(this.deployment.spec),
      components: new Map([[this.#service.name, { ports: [port] }]]),
    };
  }

  /** @throws DeploymentFailure when the store does not have the image. */
  async requireImage(): Promise<void> {
    const { digest, repository } = this.#service.image;
    await this.log.write('BUILD', `using image ${repository}@${digest}`);
    if (await this.runtime.images.has(digest)) return;
    throw new DeploymentFailure(
      'BuildJobFailed',
      `Image ${repository}@${digest} is not in the local store ${this.runtime.layout.images}. ` +
        'Import its OCI layout there, then deploy again.',
    );
  }

  /** Starts a process from a fresh copy of the image, as a container would. Nothing is left of a start that fails. */
  async start(): Promise<RunningService> {
    const port = await this.#reservePort();
    let group: ProcessGroup | undefined;
    try {
      const folder = componentFolder(this.runtime.layout.run, this.place);
      const image = await this.#unpack(folder);
      const env = await this.#environment(image, port);
      await this.#record({ port });
      group = await this.#spawn(image, folder, env);
      await this.#record({ port, identity: group.identity });
      await this.log.write('DEPLOY', `started process ${group.identity.pid} on port ${port}`);
      return { port, group };
    } catch (error) {
      await group?.stop({ graceMs: 0 });
      await this.#forget(port);
      throw error;
    }
  }

  /** The process that an earlier server started, if it still runs. */
  async adopt(): Promise<RunningService | undefined> {
    const record = await readProcessRecord(this.runtime.layout.run, this.place);
    const group = record?.identity && (await adoptGroup(record.identity));
    if (!record || !group) return undefined;
    this.runtime.ports.add(record.port);
    return { port: record.port, group };
  }

  /** @throws DeploymentFailure when the health check fails or the process ends; the reason of `signal`. */
  async waitUntilHealthy({ port, group }: RunningService, signal: AbortSignal): Promise<void> {
    const outcome = await waitUntilHealthy(healthCheckOf(this.#service, port), {
      exited: group.exited,
      signal,
    });
    if (outcome.healthy) return;
    const tail = await readTail(this.log.file('RUN'), tailLines);
    const exit = outcome.reason === 'DeployContainerExitNonZero' ? await group.exited : undefined;
    await this.log.write('DEPLOY', `the service prints last:\n${tail.join('')}`);
    // What a POSIX shell answers for a command that it cannot find or execute.
    const notExecutable = exit?.code === 126 || exit?.code === 127;
    if (notExecutable) throw new DeploymentFailure('ContainerCommandNotExecutable', outcome.message);
    throw new DeploymentFailure(outcome.reason, outcome.message);
  }

  /** SIGTERM, the grace period, SIGKILL; then deletes the unpacked image. */
  async stop({ port, group }: RunningService, graceMs = this.graceMs): Promise<void> {
    await group.stop({ graceMs });
    await this.#forget(port);
  }

  async #reservePort(): Promise<number> {
    const { ports } = this.runtime;
    let port = await freePort(ports);
    // Another start may have found the same one meanwhile.
    while (ports.has(port)) port = await freePort(ports);
    ports.add(port);
    return port;
  }

  async #record(record: ProcessRecord): Promise<void> {
    await writeProcessRecord(this.runtime.layout.run, this.place, record);
  }

  async #forget(port: number): Promise<void> {
    await removeProcessRecord(this.runtime.layout.run, this.place);
    this.runtime.ports.delete(port);
  }

  async #unpack(folder: string): Promise<ImageConfig> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
    return this.runtime.images.unpack(this.#service.image.digest, folder);
  }

  async #environment(image: ImageConfig, port: number): Promise<Record<string, string>> {
    const { env, unreadable } = serviceEnvironment(image.env, this.#service, this.runtime.secrets, {
      appId: this.app.id,
      url: this.app.url,
      spec: this.deployment.spec,
      component: this.#service.name,
      port,
    });
    for (const key of unreadable) {
      await this.log.write(
        'DEPLOY',
        `warning: ${key} was encrypted by another platform; the service starts without it`,
      );
    }
    return env;
  }

  async #spawn(image: ImageConfig, folder: string, env: Record<string, string>): Promise<ProcessGroup> {
    const cwd = workingDirectoryOf(image, folder);
    await mkdir(cwd, { recursive: true });
    try {
      return await startGroup({
        command: commandOf(this.#service, image),
        cwd,
        env,
        output: this.log.file('RUN'),
      });
    } catch (cause) {
      throw new DeploymentFailure('ContainerCommandNotExecutable', (cause as Error).message, { cause });
    }
  }
}
