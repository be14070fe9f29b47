import { redactor, unknownBindables, unknownVariables } from '@odoobo/app-platform/spec';
import type { AppDatabases } from '../databases/database-values.js';
import { databaseSecrets } from '../databases/databases.js';
import type { BuiltComponent } from '../deployments/components.js';
import { ComponentLog } from '../logs/log-folder.js';
import type { Unpacked } from '../sources/source.js';
import type { DeploymentRecord, SourceVersion } from '../state/app-record.js';
import type { Bindings } from './bindables.js';
import { drainMsOf, graceMsOf } from './component-spec.js';
import { ownValue } from './environment.js';
import type { Runtime } from './runtime.js';

/** What the components of one deployment have in common. */
export interface Shared {
  readonly app: { id: string; url: string };
  readonly deployment: DeploymentRecord;
  /** Where the first instance of each service listens. */
  readonly ports: Map<string, number>;
  /** What each component is built from, and the key of the build once that is there. */
  readonly versions: Map<string, SourceVersion>;
  /** What is known of its databases; empty until they are opened. */
  databases: AppDatabases;
  /** Makes its databases, unless they are there. @throws DeploymentFailure */
  openDatabases(): Promise<void>;
}

/** One component of a deployment: its log, and what its instances have in common. */
export class ComponentRun {
  readonly name: string;
  readonly log: ComponentLog;
  readonly redact: (text: string) => string;

  constructor(
    readonly runtime: Runtime,
    private readonly shared: Shared,
    readonly component: BuiltComponent,
  ) {
    const { deployment } = shared;
    const { name } = component.spec;
    this.name = name;
    const { spec } = deployment;
    const secrets = [...runtime.secrets.open(spec), ...databaseSecrets(runtime, shared.app.id, spec)];
    this.redact = redactor(secrets);
    this.log = new ComponentLog(runtime.layout.logs, deployment.id, name, this.redact, runtime.warn);
  }

  get deployment(): DeploymentRecord {
    return this.shared.deployment;
  }

  get appId(): string {
    return this.shared.app.id;
  }

  get drainMs(): number {
    return drainMsOf(this.component);
  }

  get graceMs(): number {
    return graceMsOf(this.component);
  }

  /** What it is built from; empty as long as that is not known. */
  get version(): SourceVersion {
    return this.shared.versions.get(this.name) ?? {};
  }

  set version(version: SourceVersion) {
    this.shared.versions.set(this.name, version);
  }

  /** Makes a fresh copy of the build. @throws Error when it is not there. */
  async unpack(folder: string): Promise<Unpacked> {
    const { build } = this.version;
    if (build !== undefined) return this.runtime.sources.unpack(build, folder);
    throw new Error(`Component "${this.name}" was never built. Deploy it again.`);
  }

  /**
   * Before anything is started: a database may have been lost, or have a new port, since the last start.
   * @throws DeploymentFailure
   */
  openDatabases(): Promise<void> {
    return this.shared.openDatabases();
  }

  /** The first instance of a service is what the others reach by its PRIVATE_URL. */
  announce(port: number): void {
    this.shared.ports.set(this.name, port);
  }

  /** What the bindable variables of an instance stand for; of a build, what is known before anything runs. */
  bindings(at: { port: number | undefined } | 'build'): Bindings {
    const { app, deployment, ports, versions, databases } = this.shared;
    const { spec } = deployment;
    return {
      appId: app.id,
      url: app.url,
      spec,
      component: this.name,
      port: at === 'build' ? undefined : at.port,
      ports: at === 'build' ? new Map() : ports,
      databases,
      commitOf: (component) => versions.get(component)?.commit,
      variableOf: (component, key) => ownValue(spec, component, key, this.runtime.secrets),
    };
  }

  /** Call it once the processes that print to it have ended: they may have printed a lot in the last moment. */
  async cutLog(type: 'BUILD' | 'RUN'): Promise<void> {
    const { caps, warn } = this.runtime;
    await caps.cut([this.log.file(type)]).catch((error: Error) => void warn(error.message));
  }

  /** Reports bindable variables that stay as they are. */
  async warnOfUnknown(): Promise<void> {
    const { field } = this.component;
    const { spec } = this.deployment;
    for (const { path, message } of [...unknownBindables(spec), ...unknownVariables(spec)]) {
      if (path.startsWith(`${field}/`) || path.startsWith('envs/'))
        await this.log.write('BUILD', `warning: ${path}: ${message}`);
    }
  }

  /** Reports secrets that were left out of an environment. */
  async warnOfUnreadable(type: 'BUILD' | 'DEPLOY', keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const message = `warning: ${key} is encrypted with another key than this platform's; the ${this.component.kind} starts without it`;
      await this.log.write(type, message);
    }
  }
}
