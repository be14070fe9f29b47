import { mkdir, rm } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { DeploymentRecord } from '../state/app-record.js';
import { waitUntilHealthy, type HealthCheck } from '../health/health-check.js';
import type { ImageConfig } from '../images/image-store.js';
import { ComponentLog, type LogType } from '../logs/log-folder.js';
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
} from './process-record.js';
import { runnableService, type RunnableService } from './runnable.js';
import type { Runtime } from './runtime.js';

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
    this.log = new ComponentLog(runtime.layout.logs, deployment.id, this.#service.name, this.redact);
  }

  get drainMs(): number {
    return (this.#service.termination?.drain_seconds ?? 15) * 1000;
  }

  get graceMs(): number {
    return (this.#service.termination?.grace_period_seconds ?? 120) * 1000;
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

  /** Starts a process from a fresh copy of the image, as a container would. */
  async start(): Promise<RunningService> {
    const { runtime, log } = this;
    const folder = componentFolder(runtime.layout.run, this.place);
    const image = await this.#unpack(folder);
    const port = await freePort(runtime.ports);
    runtime.ports.add(port);
    try {
      const env = await this.#environment(image, port);
      await writeProcessRecord(runtime.layout.run, this.place, { port });
      const group = await this.#spawn(image, folder, env);
      await writeProcessRecord(runtime.layout.run, this.place, { port, identity: group.identity });
      await log.write('DEPLOY', `started process ${group.identity.pid} on port ${port}`);
      return { port, group };
    } catch (error) {
      runtime.ports.delete(port);
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
    const outcome = await waitUntilHealthy(this.#healthCheck(port), { exited: group.exited, signal });
    if (outcome.healthy) return;
    const tail = await readTail(this.log.file('RUN'), tailLines);
    const hint = `It must listen on 127.0.0.1 and the port in PORT, here ${port}.`;
    const exit = outcome.reason === 'DeployContainerExitNonZero' ? await group.exited : undefined;
    await this.log.write('DEPLOY', `${outcome.message}${tail.length > 0 ? ' Its last lines:' : ''}`);
    await this.log.append('DEPLOY', tail);
    // What a POSIX shell answers for a command that it cannot find or execute.
    if (exit?.code === 126 || exit?.code === 127)
      throw new DeploymentFailure('ContainerCommandNotExecutable', outcome.message);
    throw new DeploymentFailure(outcome.reason, exit ? outcome.message : `${outcome.message} ${hint}`);
  }

  /** Writes a line to a log; should that fail, the platform's own log gets it: what runs must not stop for it. */
  async note(type: LogType, message: string): Promise<void> {
    await this.log.write(type, message).catch((error: Error) => {
      this.runtime.warn(`${this.redact(message)} (and the log could not be written: ${error.message})`);
    });
  }

  /** SIGTERM, the grace period, SIGKILL; then deletes the unpacked image. */
  async stop({ port, group }: RunningService, graceMs = this.graceMs): Promise<void> {
    await group.stop({ graceMs });
    await removeProcessRecord(this.runtime.layout.run, this.place);
    this.runtime.ports.delete(port);
  }

  async #unpack(folder: string): Promise<ImageConfig> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(join(folder, '..'), { recursive: true, mode: 0o700 });
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
    const cwd = inside(folder, image.workingDir);
    await mkdir(cwd, { recursive: true });
    try {
      return await startGroup({ command: this.#command(image), cwd, env, output: this.log.file('RUN') });
    } catch (cause) {
      await removeProcessRecord(this.runtime.layout.run, this.place);
      throw new DeploymentFailure('ContainerCommandNotExecutable', (cause as Error).message, { cause });
    }
  }

  /**
   * `run_command` is a line for the container's shell, as App Platform has it; it is handed to that shell as the user
   * wrote it, and replaces the image's own command.
   */
  #command(image: ImageConfig): string[] {
    const { run_command: line } = this.#service;
    return line ? ['/bin/sh', '-c', line] : [...image.entrypoint, ...image.cmd];
  }

  #healthCheck(port: number): HealthCheck {
    const { health_check: check = {} } = this.#service;
    return {
      ...(check.http_path !== undefined && { path: check.http_path }),
      port,
      initialDelaySeconds: check.initial_delay_seconds ?? 0,
      periodSeconds: check.period_seconds ?? 10,
      timeoutSeconds: check.timeout_seconds ?? 1,
      successThreshold: check.success_threshold ?? 1,
      failureThreshold: check.failure_threshold ?? 9,
    };
  }
}

/** An absolute path of the image, in the folder that it was unpacked to. */
function inside(folder: string, path: string): string {
  return join(folder, resolve(sep, path));
}
