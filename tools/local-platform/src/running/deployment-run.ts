import type { Destination, Traffic } from '@odoobo/ingress';
import { builtComponents, isJob, type JobKind } from '../deployments/components.js';
import { DeploymentFailure } from '../deployments/failure.js';
import type { DeploymentRecord } from '../state/app-record.js';
import { ComponentRun, type Shared } from './component-run.js';
import { instanceCountOf } from './component-spec.js';
import { rulesOf } from './ingress-rules.js';
import { InstanceRun } from './instance-run.js';
import { stopLeftover } from './leftovers.js';
import type { Runtime } from './runtime.js';
import { SiteRun } from './site-run.js';

/** Everything that one deployment of an app consists of on this machine. */
export class DeploymentRun {
  readonly components: readonly ComponentRun[];
  /** The processes of its services and workers, in the order of the spec. */
  readonly instances: readonly InstanceRun[];
  readonly sites: readonly SiteRun[];
  readonly #shared: Shared;

  constructor(
    private readonly runtime: Runtime,
    readonly app: { id: string; url: string },
    readonly deployment: DeploymentRecord,
  ) {
    const versions = new Map(Object.entries(deployment.sources ?? {}));
    this.#shared = {
      app,
      deployment,
      ports: new Map(),
      versions,
      databases: new Map(),
      openDatabases: () => this.openDatabases(),
    };
    this.components = builtComponents(deployment.spec).map(
      (one) => new ComponentRun(runtime, this.#shared, one),
    );
    this.instances = this.components.flatMap(instancesOf);
    this.sites = this.components.flatMap((run) =>
      run.component.kind === 'static site' ? [new SiteRun(run, run.component.spec)] : [],
    );
  }

  /** Its longest drain: until then something of it may still answer. */
  get drainMs(): number {
    return Math.max(0, ...this.components.map(({ drainMs }) => drainMs));
  }

  component(name: string): ComponentRun | undefined {
    return this.components.find((one) => one.name === name);
  }

  /** The jobs that run at that moment of the deployment, in the order of the spec. */
  jobs(kind: JobKind): ComponentRun[] {
    return this.components.filter(({ component }) => isJob(component, kind));
  }

  instancesOf(component: ComponentRun): InstanceRun[] {
    return this.instances.filter((instance) => instance.component === component);
  }

  /** Makes the folders of the logs. */
  async open(): Promise<void> {
    await Promise.all(this.components.map(({ log }) => log.open()));
  }

  /**
   * Makes the databases of the app, unless they are there.
   * @param say prints where they are
   * @throws DeploymentFailure
   */
  async openDatabases(say: (line: string) => Promise<void> = async () => undefined): Promise<void> {
    const { id } = this.app;
    try {
      this.#shared.databases = await this.runtime.databases.open(id, this.deployment.spec, say);
    } catch (cause) {
      throw new DeploymentFailure('InternalError', (cause as Error).message, { cause });
    }
  }

  /** Before anything starts, so that components can refer to each other both ways. */
  async reserve(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.reserve()));
  }

  /** Takes over what an earlier server started and still runs; ends the jobs that it was running. */
  async adopt(): Promise<void> {
    const jobs = this.components.filter(({ component }) => component.kind === 'job');
    await Promise.all([
      ...this.instances.map((instance) => instance.adopt()),
      ...this.sites.map((site) => this.#layOutAgain(site)),
      ...jobs.map((job) => stopLeftover(this.runtime.layout, new InstanceRun(job, 0).place, 0)),
    ]);
  }

  /** Where requests go when these instances take them. */
  trafficTo(up: (instance: InstanceRun) => boolean): Traffic {
    const services = this.components.filter(({ component }) => component.kind === 'service');
    const components = new Map<string, Destination>([
      ...services.map((one) => [one.name, { ports: this.portsOf(one, up) }] as const),
      ...this.sites.map((site) => [site.component.name, site.destination] as const),
    ]);
    return { deployment: this.deployment.id, rules: rulesOf(this.deployment.spec), components };
  }

  portsOf(component: ComponentRun, up: (instance: InstanceRun) => boolean): number[] {
    return this.instancesOf(component)
      .filter(up)
      .flatMap(({ port }) => port ?? []);
  }

  /** Ends what was started of it, each with the grace period of its component, and gives its ports back. Safe to repeat. */
  async stop(): Promise<void> {
    await Promise.all([
      ...this.instances.map((instance) => instance.stop()),
      ...this.sites.map((site) => site.remove()),
    ]);
    this.release();
  }

  release(): void {
    for (const instance of this.instances) instance.release();
  }

  /** A site whose build is gone must not keep the rest of the app down. */
  async #layOutAgain(site: SiteRun): Promise<void> {
    const { name, redact } = site.component;
    await site.layOut().catch((error: Error) => {
      this.runtime.warn(`Static site "${name}" cannot be served again: ${redact(error.message)}`);
    });
  }
}

function instancesOf(run: ComponentRun): InstanceRun[] {
  return Array.from({ length: instanceCountOf(run.component) }, (_, index) => new InstanceRun(run, index));
}
