import type { Destination, Traffic } from '@odoobo/ingress';
import { builtComponents, isJob, type JobKind } from '../deployments/components.js';
import { DeploymentFailure } from '../deployments/failure.js';
import type { DeploymentRecord } from '../state/app-record.js';
import { ComponentRun, type Shared } from './component-run.js';
import { type Counts, countsOf, errorPageOf, isHttp2, loadingPagesOf, offlineOf } from './component-spec.js';
import { rulesOf } from './ingress-rules.js';
import { InstanceRun } from './instance-run.js';
import { leftoverPlaces, stopLeftover } from './leftovers.js';
import type { Runtime } from './runtime.js';
import { SiteRun } from './site-run.js';

/** Everything that one deployment of an app consists of on this machine. */
export class DeploymentRun {
  readonly components: readonly ComponentRun[];
  readonly sites: readonly SiteRun[];
  readonly #instances: Map<ComponentRun, readonly InstanceRun[]>;
  /** Those that finish what is in progress, or are about to join. */
  readonly #beside = new Set<InstanceRun>();
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
    this.#instances = new Map(this.components.map((one) => [one, instances(one, this.#countsOf(one).least)]));
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
    return this.#isArchived ? [] : this.components.filter(({ component }) => isJob(component, kind));
  }

  /** The processes of its services and workers, in the order of the spec. */
  get instances(): readonly InstanceRun[] {
    return [...this.#instances.values()].flat();
  }

  instancesOf(component: ComponentRun): readonly InstanceRun[] {
    return this.#instances.get(component) ?? [];
  }

  /**
   * Before anything starts: where a component is autoscaled, it starts with as many instances as it has now.
   * @param now how many instances of a component are live; undefined if it is new
   */
  startWith(now: (component: string) => number | undefined): void {
    for (const component of this.components) {
      const { least, most } = this.#countsOf(component);
      const count = Math.min(most, Math.max(least, now(component.name) ?? least));
      if (count > least) this.#instances.set(component, instances(component, count));
    }
  }

  /** Another instance of a component; it is part of it once it is added, and no longer kept apart once it is forgotten. */
  another(component: ComponentRun): InstanceRun {
    const all = [...this.instancesOf(component), ...this.#beside].filter(
      (one) => one.component === component,
    );
    const taken = new Set(all.map(({ instance }) => instance));
    let free = 0;
    while (taken.has(free)) free++;
    const instance = new InstanceRun(component, free);
    this.#beside.add(instance);
    return instance;
  }

  add(instance: InstanceRun): void {
    const { component } = instance;
    this.#beside.delete(instance);
    const all = [...this.instancesOf(component), instance];
    this.#instances.set(
      component,
      all.sort((a, b) => a.instance - b.instance),
    );
  }

  /** Its process may run until it is forgotten. */
  remove(instance: InstanceRun): void {
    const { component } = instance;
    this.#beside.add(instance);
    this.#instances.set(
      component,
      this.instancesOf(component).filter((one) => one !== instance),
    );
  }

  get #isArchived(): boolean {
    return this.deployment.spec.maintenance?.archive === true;
  }

  #countsOf({ component }: ComponentRun): Counts {
    return this.#isArchived ? { least: 0, most: 0 } : countsOf(component);
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
    await this.#findAutoscaled();
    await Promise.all([
      ...this.instances.map((instance) => instance.adopt()),
      ...this.sites.map((site) => this.#layOutAgain(site)),
      ...jobs.map((job) => stopLeftover(this.runtime.layout, new InstanceRun(job, 0).place, 0)),
    ]);
  }

  /** Nothing of it runs any more. */
  forget(instance: InstanceRun): void {
    this.#beside.delete(instance);
    instance.release();
  }

  /** An earlier server may have had more instances than the fewest. */
  async #findAutoscaled(): Promise<void> {
    const several = this.components.filter(
      (component) => this.#countsOf(component).most > this.#countsOf(component).least,
    );
    if (several.length === 0) return;
    const places = await leftoverPlaces(this.runtime.layout);
    const found = (name: string) =>
      places.filter(({ deployment, component }) => deployment === this.deployment.id && component === name);
    this.startWith((name) => Math.max(0, ...found(name).map(({ instance }) => instance + 1)));
  }

  /** Where requests go when these instances take them. */
  trafficTo(up: (instance: InstanceRun) => boolean): Traffic {
    const services = this.components.filter(({ component }) => component.kind === 'service');
    const components = new Map<string, Destination>([
      ...services.map((one) => [one.name, this.#destination(one, up)] as const),
      ...this.sites.map((site) => [site.component.name, site.destination] as const),
    ]);
    const { id, spec } = this.deployment;
    const offline = offlineOf(spec);
    const errorPage = errorPageOf(spec);
    return {
      deployment: id,
      rules: rulesOf(spec),
      components,
      ...(offline !== undefined && { offline }),
      ...(errorPage !== undefined && { errorPage }),
      loadingPages: loadingPagesOf(spec),
    };
  }

  #destination(service: ComponentRun, up: (instance: InstanceRun) => boolean): Destination {
    return { ports: this.portsOf(service, up), ...(isHttp2(service.component) && { http2: true }) };
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

function instances(run: ComponentRun, count: number): InstanceRun[] {
  return Array.from({ length: count }, (_, index) => new InstanceRun(run, index));
}
