import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { markOf } from '../process/platform-processes.js';
import { commandsOf } from '../sources/commands.js';
import type { DatabaseEngine, EngineContext, Provided } from './database-engine.js';
import { DatabaseServer } from './database-server.js';
import { valuesOf } from './database-values.js';
import {
  canDownload,
  downloadedPostgres,
  installedPostgres,
  installPostgres,
  type PostgresPrograms,
} from './postgres-programs.js';
import { certificateFile, keyFile, openServerFolder } from './server-folder.js';
import { unprivilegedUser } from './system-user.js';

const admin = 'postgres';
/** 20 apps of two instances each, with the ten connections that pools of clients have. */
const mostConnections = 500;
const connectMs = 10_000;
/** To delete a database it first writes all that it holds to the disk. */
const statementMs = 60_000;
const neverAborted = new AbortController().signal;

interface Open {
  server: DatabaseServer;
  title: string;
  password: string;
  certificate: string;
}

/** PostgreSQL: one server, and in it a database and a user for each database of an app. */
export class Postgres implements DatabaseEngine {
  #opening: Promise<Open> | undefined;
  /** What was made, or found, since the server came up. */
  readonly #provided = new Map<string, Provided>();
  #up: Promise<number> | undefined;
  /** Settles when its data is on the disk. */
  #written: Promise<unknown> = Promise.resolve();

  constructor(private readonly context: EngineContext) {}

  async gap(): Promise<string | undefined> {
    if (canDownload() || (await installedPostgres()).length > 0) return undefined;
    return `PostgreSQL is not on this machine. ${installPostgres}`;
  }

  /** @throws Error when no server can be had, or does not come up */
  async provide(name: string, password: string): Promise<Provided> {
    const { server, title, certificate, ...open } = await this.#open();
    const up = server.port();
    if (this.#up !== up) this.#provided.clear();
    this.#up = up;
    const port = await up;
    const known = this.#provided.get(name);
    if (known) return known;
    await withAdmin(port, open.password, async (run) => {
      const [role] = await run(`SELECT 1 FROM pg_roles WHERE rolname = '${name}'`);
      // Also of one that is there: the key that passwords are made from may have been lost.
      await run(`${role ? 'ALTER' : 'CREATE'} ROLE ${name} LOGIN PASSWORD '${password}'`);
      const [database] = await run(`SELECT 1 FROM pg_database WHERE datname = '${name}'`);
      if (!database) await run(`CREATE DATABASE ${name} OWNER ${name}`);
      // By default each user may connect to each database.
      await run(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
    });
    const url = new URL(`postgresql://${name}:${password}@127.0.0.1:${port}/${name}?sslmode=require`);
    const provided = { title, values: valuesOf(url, certificate) };
    this.#provided.set(name, provided);
    return provided;
  }

  async drop(name: string): Promise<void> {
    this.#provided.delete(name);
    if ((await this.#major()) === undefined) return;
    const { server, password } = await this.#open();
    await withAdmin(await server.port(), password, async (run) => {
      await run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await run(`DROP ROLE IF EXISTS ${name}`);
    });
  }

  async stop(): Promise<void> {
    const open = await this.#opening?.catch(() => undefined);
    await open?.server.stop();
    await this.#written;
  }

  #open(): Promise<Open> {
    this.#opening ??= this.#prepare().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #prepare(): Promise<Open> {
    const { folder, layout, ports, warn } = this.context;
    const programs = await this.#programs(await this.#major());
    const place = join(folder, `postgres-${programs.major}`);
    const user = unprivilegedUser(admin);
    let isNew = false;
    const { password, certificate } = await openServerFolder(place, user, async ({ folder: unfinished }) => {
      isNew = true;
      await this.#makeData(unfinished, programs);
    });
    if (isNew) this.#written = this.#writeOut(place, programs);
    const title = `PostgreSQL ${programs.major}`;
    const server = new DatabaseServer(
      {
        title,
        mark: markOf(layout, 'database', 'postgres'),
        folder: place,
        command: (port) => commandOf(place, programs, port),
        user,
        // With SIGTERM it would wait for its clients: https://www.postgresql.org/docs/current/server-shutdown.html
        endedBy: 'SIGINT',
        connect: (port) => withAdmin(port, password, async () => undefined),
      },
      ports,
      warn,
    );
    return { server, title, certificate, password };
  }

  /** The version that the data on the disk is of. */
  async #major(): Promise<number | undefined> {
    const names = await readdir(this.context.folder).catch(() => []);
    return names.flatMap((name) => Number(/^postgres-(\d+)$/.exec(name)?.[1]) || [])[0];
  }

  /** @param major the one that is needed, if it matters */
  async #programs(major: number | undefined): Promise<PostgresPrograms> {
    const fits = (one: PostgresPrograms): boolean => major === undefined || one.major === major;
    const installed = (await installedPostgres()).find(fits);
    if (installed) return installed;
    const downloaded = canDownload() ? await downloadedPostgres(this.context.folder) : undefined;
    if (downloaded && fits(downloaded)) return downloaded;
    throw new Error(
      `The databases of this platform are of PostgreSQL ${major}, which is not on this machine any more. ` +
        `Install that version again, or delete ${this.context.folder} with all that they hold.`,
    );
  }

  /** Makes its data in a folder that has its password. Half of the time would be waiting for the disk: `#writeOut` does that. */
  async #makeData(folder: string, programs: PostgresPrograms): Promise<void> {
    const options = [
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-instructions',
      '--no-sync',
    ];
    await this.#initdb(folder, programs, [`--username=${admin}`, '--pwfile=password', ...options]);
  }

  /** So that what was just made survives a power cut, too; the server may run meanwhile. */
  async #writeOut(folder: string, programs: PostgresPrograms): Promise<void> {
    await this.#initdb(folder, programs, ['--sync-only']).catch((error: Error) =>
      this.context.warn(`The data of PostgreSQL may be lost in a power cut: ${error.message}`),
    );
  }

  async #initdb(cwd: string, { bin }: PostgresPrograms, options: readonly string[]): Promise<void> {
    const output = join(this.context.folder, 'postgres.log');
    const command = [join(bin, 'initdb'), '--pgdata=data', ...options];
    const env = { PATH: bin, LC_ALL: 'C' };
    const { code } = await commandsOf(this.context.layout).run(
      { command, cwd, env, user: unprivilegedUser(admin), output },
      neverAborted,
    );
    if (code !== 0) throw new Error(`PostgreSQL could not make a folder for its data. See ${output}.`);
  }
}

function commandOf(place: string, { bin }: PostgresPrograms, port: number): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    // The path of a socket would be too long in many folders.
    unix_socket_directories: '',
    max_connections: mostConnections,
    ssl: 'on',
    ssl_cert_file: join(place, certificateFile),
    ssl_key_file: join(place, keyFile),
    // A statement may hold data, or the password of a user.
    log_min_error_statement: 'panic',
    log_min_messages: 'fatal',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return [join(bin, 'postgres'), '-D', join(place, 'data'), ...options];
}

type Run = (statement: string) => Promise<unknown[]>;

/** Runs statements as the user who may do everything. */
async function withAdmin(port: number, password: string, work: (run: Run) => Promise<void>): Promise<void> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: admin,
    password,
    database: admin,
    connectionTimeoutMillis: connectMs,
    query_timeout: statementMs,
  });
  // A server that ends meanwhile rejects what is in progress, and would end this process by this event.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await work(async (statement) => (await client.query<object>(statement)).rows);
  } finally {
    await client.end();
  }
}
