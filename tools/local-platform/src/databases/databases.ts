import type { AppSpec, Database } from '@odoobo/app-platform/spec';
import { runner } from '@odoobo/machine/package-manager';
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { endStrays } from '../process/platform-processes.js';
import { replaceFile } from '../state/atomic-file.js';
import type { Layout } from '../state/layout.js';
import type { SecretBox } from '../state/secrets.js';
import { databaseFolderOf, ownerFile } from '../state/work-folders.js';
import type { DatabaseEngine } from './database-engine.js';
import { mappedUrl } from './database-urls.js';
import { type AppDatabases, type OpenDatabase, valuesOf } from './database-values.js';
import { MadeDatabases } from './made-databases.js';
import { Mysql } from './mysql.js';
import { Postgres } from './postgres.js';
import { Valkey } from './valkey.js';

export interface DatabasesOptions {
  layout: Layout;
  secrets: SecretBox;
  ports: Set<number>;
  warn(message: string): void;
}

type EngineName = NonNullable<Database['engine']>;

/** How long they get to put their data in order. */
const strayMs = 8_000;

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
  readonly #made: MadeDatabases;
  /** The apps that may still run: one that is deleted first finishes its requests. */
  readonly #used = new Set<string>();

  constructor(private readonly options: DatabasesOptions) {
    const { layout, ports, warn } = options;
    this.#folder = databaseFolderOf(layout);
    this.#made = new MadeDatabases(join(this.#folder, 'apps'));
    const context = { layout, ports, warn, folder: this.#folder };
    const postgres = new Postgres(context);
    const valkey = new Valkey(context);
    this.#engines = {
      UNSET: postgres,
      PG: postgres,
      MYSQL: new Mysql(context),
      REDIS: valkey,
      VALKEY: valkey,
    };
  }

  /** The databases of a spec that cannot be had here, each in words that begin with the field. */
  async gaps(spec: AppSpec): Promise<string[]> {
    const gaps = (spec.databases ?? []).map(async (database, index) => {
      const why = this.#mapped(spec, database) ? undefined : await this.#gap(database);
      const name = database.cluster_name ?? `${spec.name}/${database.name}`;
      return why === undefined
        ? []
        : `databases/${index}/engine: ${why} Map one that runs elsewhere: ${runner} local-platform database ${name} <url>`;
    });
    return (await Promise.all(gaps)).flat();
  }

  /**
   * Makes the databases of an app, unless they are there, and starts their servers.
   * @param say prints where each is
   * @throws Error when one cannot be had
   */
  async open(appId: string, spec: AppSpec, say: (line: string) => Promise<void>): Promise<AppDatabases> {
    const opened = new Map<string, OpenDatabase>();
    this.#used.add(appId);
    for (const database of spec.databases ?? []) {
      const mapped = this.#mapped(spec, database);
      const {
        title,
        values,
        environment = {},
      } = mapped
        ? { title: 'mapped', values: valuesOf(mapped) }
        : await this.#oneByOne(() => this.#provide(appId, database));
      const asked = database.version === undefined ? '' : `; the spec asks for version ${database.version}`;
      await say(`database ${database.name}: ${title}, at ${values['HOSTNAME']}:${values['PORT']}${asked}`);
      opened.set(database.name, { values, environment });
    }
    return opened;
  }

  /**
   * Deletes the databases that an app ever had here, with all that they hold.
   * @throws Error when a server cannot delete one; `dropUnneeded` tries it again
   */
  async drop(appId: string): Promise<void> {
    this.#used.delete(appId);
    for (const [name, engine] of Object.entries(await this.#made.of(appId)))
      await this.#oneByOne(async () => this.#engines[engine as EngineName]?.drop(name));
    await this.#made.forget(appId);
  }

  /** Deletes the databases of apps that are gone: the platform was killed, or a server did not run, when they were deleted. */
  async dropUnneeded(isNeeded: (appId: string) => boolean): Promise<void> {
    for (const appId of await this.#made.apps())
      if (!isNeeded(appId) && !this.#used.has(appId)) await this.drop(appId);
  }

  /** Ends the servers. Safe to repeat. */
  async close(): Promise<void> {
    await this.#oneByOne(async () => {
      await Promise.all([...new Set(Object.values(this.#engines))].map((engine) => engine.stop()));
      // Those that an earlier server has started, and no app needed since.
      await endStrays(this.options.layout, strayMs, ({ kind }) => kind === 'database');
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
    const name = nameOf(appId, database);
    await this.#made.add(appId, name, engineOf(database));
    return engine.provide(name, passwordOf(this.options.secrets, appId, database));
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
