import { createConnection } from 'mysql2/promise';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './postgres.js';

const run = promisify(execFile);

export interface MysqlServer {
  /** Address of the database "shop" for one of its users. */
  urlFor(user: string): string;
  stop(): Promise<void>;
}

/** A kind of server with MySQL's protocol, and how this machine starts it. */
export interface ServerKind {
  name: 'MariaDB' | 'MySQL';
  program: string;
  /** The command that makes an empty data folder, whose root needs no password. */
  initialize: (data: string) => [program: string, args: string[]];
  settings: string[];
}

const kinds: ServerKind[] = [
  {
    name: 'MariaDB',
    program: 'mariadbd',
    initialize: (data) => [
      'mariadb-install-db',
      ['--no-defaults', '--auth-root-authentication-method=normal', '--skip-test-db', `--datadir=${data}`],
    ],
    settings: ['--skip-name-resolve'],
  },
  {
    name: 'MySQL',
    program: 'mysqld',
    initialize: (data) => ['mysqld', ['--no-defaults', '--initialize-insecure', `--datadir=${data}`]],
    // No folder holds back what a hostile query may write.
    settings: ['--mysqlx=OFF', '--disable-log-bin', '--secure-file-priv='],
  },
];

/** The servers that are installed. MariaDB installs a program `mysqld` too, which is not MySQL. */
export async function installedServers(): Promise<ServerKind[]> {
  const versions = await Promise.all(
    kinds.map(({ program }) =>
      run(program, ['--version']).then(
        ({ stdout }) => stdout,
        () => undefined,
      ),
    ),
  );
  return kinds.filter(
    ({ name }, index) =>
      versions[index] !== undefined && /mariadb/i.test(versions[index]) === (name === 'MariaDB'),
  );
}

/** A server of its own on a free port of this machine, with what `setup` creates in the database "shop". */
export async function startMysql(kind: ServerKind, setup: string): Promise<MysqlServer> {
  const directory = await mkdtemp(join(tmpdir(), 'nl-sql-mysql-'));
  const user = await ownerOf(directory);
  const data = join(directory, 'data');
  await run(...kind.initialize(data), user);
  const port = await freePort();
  const settings = ['--no-defaults', `--datadir=${data}`, `--port=${port}`, '--bind-address=127.0.0.1'];
  const small = [
    '--innodb-buffer-pool-size=16M',
    '--innodb-flush-log-at-trx-commit=0',
    `--socket=${join(directory, 's')}`,
  ];
  const args = [...settings, ...kind.settings, ...small];
  const server = spawn(kind.program, args, { ...user, stdio: 'ignore' });
  const urlFor = (name: string) => `mysql://${name}@127.0.0.1:${port}/shop`;
  await runWhenReady(port, setup, () => server.exitCode !== null);
  const stop = async () => {
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    await ended;
    await rm(directory, { recursive: true, force: true });
  };
  return { urlFor, stop };
}

/** Neither runs as root, so root lends it an account without rights. */
async function ownerOf(directory: string): Promise<{ uid?: number; gid?: number; cwd: string }> {
  if (process.getuid?.() !== 0) return { cwd: directory };
  const passwd = await readFile('/etc/passwd', 'utf8');
  const line = ['mysql:', 'nobody:'].flatMap((name) =>
    passwd.split('\n').filter((found) => found.startsWith(name)),
  )[0];
  const [, , uid, gid] = line?.split(':') ?? [];
  await chown(directory, Number(uid), Number(gid));
  return { uid: Number(uid), gid: Number(gid), cwd: directory };
}

/** Tries until the server takes connections; it ends by itself when it cannot start. */
async function runWhenReady(port: number, sql: string, hasEnded: () => boolean): Promise<void> {
  for (;;) {
    try {
      const client = await createConnection({
        host: '127.0.0.1',
        port,
        user: 'root',
        multipleStatements: true,
      });
      await client.query(`CREATE DATABASE shop; USE shop; ${sql}`);
      await client.end();
      return;
    } catch (error) {
      const isStarting = ['ECONNREFUSED', 'PROTOCOL_CONNECTION_LOST', 'ECONNRESET'].includes(
        String((error as { code?: string }).code),
      );
      if (!isStarting || hasEnded()) throw error;
    }
  }
}
