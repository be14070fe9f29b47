import type { AppSpec, Database } from '@odoobo/app-platform/spec';
import { runner } from '@odoobo/machine/package-manager';
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { replaceFile } from '../state/atomic-file.js';
import type { Layout } from '../state/layout.js';
import type { SecretBox } from '../state/secrets.js';
import { databaseFolderOf, ownerFile } from '../state/work-folders.js';
import type { DatabaseEngine } from './database-engine.js';
import { mappedUrl } from './database-urls.js';
import { type AppDatabases, type DatabaseValues, valuesOf } from './database-values.js';
import { Postgres } from './postgres.js';

export interface DatabasesOptions {
  layout: Layout;
  secrets: SecretBox;
  ports: Set<number>;
  warn(message: string): void;
}

type EngineName = NonNullable<Database['engine']>;

/** App Platform's only development database is PostgreSQL, which is what a spec without an engine means. */
const titles = {
  UNSET: 'PostgreSQL',
  PG: 'PostgreSQL',
  MYSQL: 'MySQL',
  REDIS: 'Redis',
  VALKEY: 'Valkey',
  MONGODB: 'MongoDB',
  KAFKA: 'Kafka',
  OPENSEARCH: 'OpenSearch',
} satisfies Record<EngineName, string>;

/** The databases of all apps: in real servers, which start when an app first needs one, or wherever a person has mapped them. */
export class Databases {
  readonly #engines: Partial<Record<EngineName, DatabaseEngine>>;
  /** Two databases cannot be made from one template at once. */
  readonly #oneByOne = pLimit(1);
  readonly #folder: string;

  constructor(private readonly options: DatabasesOptions) {
    const { layout, ports, warn } = options;
    this.#folder = databaseFolderOf(layout);
    const postgres = new Postgres({ layout, ports, warn, folder: this.#folder });
    this.#engines = { UNSET: postgres, PG: postgres };
  }

  /** The databases of a spec that cannot be had here, each in words that begin with the field. */
  async gaps(spec: AppSpec): Promise<string[]> {
    const gaps = (spec.databases ?? []).map(async (database, index) => {
      const why = this.#mapped(spec, database) ? undefined : await this.#gap(database);
      const name = database.cluster_name ?? `${spec.name}/${database.name}`;
      return why === undefined
        ? []
        : `databases/${index}/engine: ${why} Or map one that runs elsewhere: ${runner} local-platform database ${name} <url>`;
    });
    return (await Promise.all(gaps)).flat();
  }

  /**
   * Makes the databases of an app, unless they are there, and starts their servers.
   * @param say prints where each is
   * @throws Error when one cannot be had
   */
  async open(appId: string, spec: AppSpec, say: (line: string) => Promise<void>): Promise<AppDatabases> {
    const opened = new Map<string, DatabaseValues>();
    for (const database of spec.databases ?? []) {
      const mapped = this.#mapped(spec, database);
      const { title, values } = mapped
        ? { title: 'mapped', values: valuesOf(mapped) }
        : await this.#oneByOne(() => this.#provide(appId, database));
      const asked = database.version === undefined ? '' : `; the spec asks for version ${database.version}`;
      await say(`database ${database.name}: ${title}, at ${values['HOSTNAME']}:${values['PORT']}${asked}`);
      opened.set(database.name, values);
    }
    return opened;
  }

  /** Deletes the databases that an app ever had here, with all that they hold. */
  async drop(appId: string, specs: readonly AppSpec[]): Promise<void> {
    const all = specs.flatMap(({ databases = [] }) => databases);
    const names = new Map(
      all.map((database) => [nameOf(appId, database), this.#engines[engineOf(database)]]),
    );
    for (const [name, engine] of names) await this.#oneByOne(async () => engine?.drop(name));
  }

  /** Ends the servers. Safe to repeat. */
  async close(): Promise<void> {
    await this.#oneByOne(async () => {
      await Promise.all([...new Set(Object.values(this.#engines))].map((engine) => engine.stop()));
    });
  }

  async #gap(database: Database): Promise<string | undefined> {
    const engine = this.#engines[engineOf(database)];
    return engine ? engine.gap() : `the local platform does not start ${titles[engineOf(database)]}.`;
  }

  async #provide(appId: string, database: Database) {
    const engine = this.#engines[engineOf(database)];
    if (!engine)
      throw new Error(`Database "${database.name}": there is no ${titles[engineOf(database)]} here.`);
    const { layout } = this.options;
    // Servers may run as another user, who must get through to their own folders.
    await mkdir(this.#folder, { recursive: true, mode: 0o711 });
    if (this.#folder !== layout.databases) await replaceFile(join(this.#folder, ownerFile), layout.root);
    return engine.provide(nameOf(appId, database), passwordOf(this.options.secrets, appId, database));
  }

  #mapped(spec: AppSpec, database: Database): URL | undefined {
    return mappedUrl(this.options.layout.databaseUrls, spec.name, database);
  }
}

/** The passwords of an app's databases: what a log must not show. */
export function databaseSecrets(
  { layout, secrets }: { layout: Pick<Layout, 'databaseUrls'>; secrets: SecretBox },
  appId: string,
  spec: AppSpec,
): string[] {
  return (spec.databases ?? []).flatMap((database) => {
    const mapped = mappedUrl(layout.databaseUrls, spec.name, database);
    const password = mapped ? valuesOf(mapped)['PASSWORD'] : undefined;
    return [passwordOf(secrets, appId, database), ...(password ? [password] : [])];
  });
}

function engineOf({ engine = 'UNSET' }: Database): EngineName {
  return engine;
}

/** One of its own for each database of each app, and short enough for every kind of server: MySQL takes 32 characters. */
function nameOf(appId: string, { name }: Database): string {
  const hash = createHash('sha256').update(`${appId}/${name}`).digest('hex').slice(0, 16);
  return `${name.replaceAll('-', '_').slice(0, 15)}_${hash}`;
}

function passwordOf(secrets: SecretBox, appId: string, { name }: Database): string {
  return secrets.passwordFor(`database ${appId}/${name}`);
}
