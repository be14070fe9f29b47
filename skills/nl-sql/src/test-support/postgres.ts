import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);

export interface PostgresServer {
  /** Address of the database for one of its roles. */
  urlFor(role: string): string;
  stop(): Promise<void>;
}

/** Whether a PostgreSQL is installed: its `initdb` and `postgres` are on PATH. */
export async function hasPostgres(): Promise<boolean> {
  return isProgram('initdb');
}

export async function hasPgDump(): Promise<boolean> {
  return isProgram('pg_dump');
}

async function isProgram(name: string): Promise<boolean> {
  return run(name, ['--version']).then(
    () => true,
    () => false,
  );
}

/** A server of its own on a free port of this machine, with what `setup` creates. */
export async function startPostgres(setup: string): Promise<PostgresServer> {
  const directory = await mkdtemp(join(tmpdir(), 'nl-sql-postgres-'));
  const user = await ownerOf(directory);
  await run(
    'initdb',
    ['-D', directory, '-U', 'owner', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
    user,
  );
  const port = await freePort();
  const settings = ['fsync=off', 'listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=`];
  const server = spawn('postgres', ['-D', directory, ...settings.flatMap((setting) => ['-c', setting])], {
    ...user,
    stdio: 'ignore',
  });
  const urlFor = (role: string) => `postgresql://${role}@127.0.0.1:${port}/postgres`;
  await runWhenReady(urlFor('owner'), setup, server);
  return { urlFor, stop: () => stop(server, directory) };
}

/** PostgreSQL refuses to run as root, so root lends it the account that Debian made for it. */
async function ownerOf(directory: string): Promise<{ uid?: number; gid?: number; cwd: string }> {
  if (process.getuid?.() !== 0) return { cwd: directory };
  const passwd = await readFile('/etc/passwd', 'utf8');
  const [, , uid, gid] =
    passwd
      .split('\n')
      .find((line) => line.startsWith('postgres:'))
      ?.split(':') ?? [];
  await chown(directory, Number(uid), Number(gid));
  return { uid: Number(uid), gid: Number(gid), cwd: directory };
}

/** A port of this machine that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Tries until the server takes connections; it ends by itself when it cannot start. */
async function runWhenReady(url: string, sql: string, server: ChildProcess): Promise<void> {
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.query(sql);
      return;
    } catch (error) {
      // 57P03: it is starting up.
      const isStarting = /ECONNREFUSED|57P03/.test(String((error as { code?: string }).code));
      if (!isStarting || server.exitCode !== null) throw error;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

async function stop(server: ChildProcess, directory: string): Promise<void> {
  const ended = once(server, 'exit');
  // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
  server.kill('SIGINT');
  await ended;
  await rm(directory, { recursive: true, force: true });
}
