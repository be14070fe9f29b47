import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hostPath } from '../process/host-path.js';
import { markOf } from '../process/platform-processes.js';
import { commandsOf } from '../sources/commands.js';
import type { DatabaseEngine, EngineContext, Provided } from './database-engine.js';
import { DatabaseServer } from './database-server.js';
import { valuesOf } from './database-values.js';
import { installedMysql, installMysql, type MysqlFlavour, type MysqlPrograms } from './mysql-programs.js';
import { certificateFile, keyFile, openServerFolder, type UnfinishedFolder } from './server-folder.js';
import { unprivilegedUser } from './system-user.js';

const admin = 'local_platform';
/** As many as PostgreSQL takes here. */
const mostConnections = 500;
const connectMs = 10_000;
const statementMs = 60_000;
const neverAborted = new AbortController().signal;

interface Open {
  server: DatabaseServer;
  title: string;
  password: string;
  certificate: string;
}

/** MySQL or MariaDB: one server, and in it a database and a user for each database of an app. */
export class Mysql implements DatabaseEngine {
  #opening: Promise<Open> | undefined;

  constructor(private readonly context: EngineContext) {}

  async gap(): Promise<string | undefined> {
    if (await installedMysql()) return undefined;
    return `neither MySQL nor MariaDB is on this machine. ${installMysql}`;
  }

  /** @throws Error when no server can be had, or does not come up */
  async provide(name: string, password: string): Promise<Provided> {
    const open = await this.#open();
    const port = await open.server.port();
    await withAdmin(port, open, async (run) => {
      await run(`CREATE DATABASE IF NOT EXISTS ${name}`);
      await run(`CREATE USER IF NOT EXISTS ${name}@'%' IDENTIFIED BY '${password}'`);
      // Also of one that is there: the key that passwords are made from may have been lost.
      await run(`ALTER USER ${name}@'%' IDENTIFIED BY '${password}'`);
      // An underscore stands for any character there.
      await run(`GRANT ALL ON \`${name.replaceAll('_', '\\_')}\`.* TO ${name}@'%'`);
    });
    const url = new URL(`mysql://${name}:${password}@127.0.0.1:${port}/${name}?ssl-mode=REQUIRED`);
    return { title: open.title, values: valuesOf(url, open.certificate) };
  }

  async drop(name: string): Promise<void> {
    if ((await this.#flavour()) === undefined) return;
    const open = await this.#open();
    await withAdmin(await open.server.port(), open, async (run) => {
      await run(`DROP DATABASE IF EXISTS ${name}`);
      await run(`DROP USER IF EXISTS ${name}@'%'`);
    });
  }

  async stop(): Promise<void> {
    const open = await this.#opening?.catch(() => undefined);
    await open?.server.stop();
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
    const programs = await this.#programs(await this.#flavour());
    const { title } = programs;
    const place = join(folder, programs.flavour);
    const user = unprivilegedUser('mysql');
    const made = await openServerFolder(place, user, (unfinished) => this.#initialise(unfinished, programs));
    const server = new DatabaseServer(
      {
        title,
        mark: markOf(layout, 'database', programs.flavour),
        folder: place,
        command: (port) => commandOf(place, programs, port),
        user,
        endedBy: 'SIGTERM',
        connect: (port) => withAdmin(port, made, async () => undefined),
      },
      ports,
      warn,
    );
    return { server, title, ...made };
  }

  /** Which of the two the data on the disk is of. */
  async #flavour(): Promise<MysqlFlavour | undefined> {
    const names: string[] = await readdir(this.context.folder).catch(() => []);
    return (['mariadb', 'mysql'] as const).find((one) => names.includes(one));
  }

  async #programs(flavour: MysqlFlavour | undefined): Promise<MysqlPrograms> {
    const programs = await installedMysql(flavour);
    if (programs) return programs;
    if (flavour === undefined)
      throw new Error(`Neither MySQL nor MariaDB is on this machine. ${installMysql}`);
    throw new Error(
      `The databases of this platform are of ${flavour}, which is not on this machine any more. ` +
        `Install it again, or delete ${join(this.context.folder, flavour)} with all that they hold.`,
    );
  }

  async #initialise(
    { folder, password, write }: UnfinishedFolder,
    { initialise }: MysqlPrograms,
  ): Promise<void> {
    const { layout } = this.context;
    await write(startFile, startStatements(password));
    const output = join(this.context.folder, 'mysql.log');
    const env = { PATH: hostPath(), HOME: folder, LC_ALL: 'C' };
    const exit = await commandsOf(layout).run(
      {
        command: initialise(join(folder, 'data')),
        cwd: folder,
        env,
        user: unprivilegedUser('mysql'),
        output,
      },
      neverAborted,
    );
    if (exit.code !== 0)
      throw new Error(`The server of MySQL could not make a folder for its data. See ${output}.`);
  }
}

/** The statements that the server runs at each start, before it takes connections. */
const startFile = 'start.sql';

/** The installers make users without a password; all who connect come from 127.0.0.1. */
function startStatements(password: string): string {
  return [
    `CREATE USER IF NOT EXISTS ${admin}@'127.0.0.1' IDENTIFIED BY '${password}';`,
    `GRANT ALL ON *.* TO ${admin}@'127.0.0.1' WITH GRANT OPTION;`,
    `DROP USER IF EXISTS root@'127.0.0.1', root@'::1', ''@'localhost', ''@'127.0.0.1';`,
    `ALTER USER root@'localhost' IDENTIFIED BY '${password}';`,
    '',
  ].join('\n');
}

/** An option with `loose` is only for the one of the two that knows it. */
function commandOf(place: string, { server }: MysqlPrograms, port: number): string[] {
  const settings = {
    datadir: join(place, 'data'),
    'init-file': join(place, startFile),
    port,
    'bind-address': '127.0.0.1',
    'loose-mysqlx': 'OFF',
    // Relative to the data: the whole path would be too long in many folders.
    socket: 'server.sock',
    'pid-file': 'server.pid',
    'skip-name-resolve': 'ON',
    'max-connections': mostConnections,
    'character-set-server': 'utf8mb4',
    'ssl-ca': join(place, certificateFile),
    'ssl-cert': join(place, certificateFile),
    'ssl-key': join(place, keyFile),
  };
  return [server, '--no-defaults', ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`)];
}

type Run = (statement: string) => Promise<unknown>;

/** Runs statements as the user who may do everything. */
async function withAdmin(
  port: number,
  { password, certificate }: Pick<Open, 'password' | 'certificate'>,
  work: (run: Run) => Promise<void>,
): Promise<void> {
  const { createConnection } = await import('mysql2/promise');
  const client = await createConnection({
    host: '127.0.0.1',
    port,
    user: admin,
    password,
    connectTimeout: connectMs,
    ssl: { ca: certificate },
  });
  // A server that ends meanwhile rejects what is in progress, and would end this process by this event.
  client.on('error', () => undefined);
  try {
    await work((sql) => client.query({ sql, timeout: statementMs }));
  } finally {
    await client.end().catch(() => undefined);
  }
}
