import { freePort } from '@odoobo/machine/network';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const pollMs = 20;
const run = promisify(execFile);

interface Owner {
  uid: number;
  gid: number;
}

/** What a person does in a shell: starts PostgreSQL, makes a database, clones, migrates, starts the service. */
export class ByHand {
  #apps = 0;
  #port = 0;
  #server: ChildProcess | undefined;
  #services: ChildProcess[] = [];

  constructor(
    private readonly folder: string,
    private readonly repository: string,
    private readonly signal: AbortSignal,
  ) {}

  /** Seconds, with a new server. */
  async first(): Promise<number> {
    await this.end();
    this.#port = await freePort();
    const owner = await ownerOfData();
    await mkdir(this.folder, { recursive: true });
    if (owner) await chown(this.folder, owner.uid, owner.gid);
    const since = performance.now();
    const data = join(this.folder, 'data');
    const options = { cwd: this.folder, signal: this.signal, ...owner };
    await run('initdb', [`--pgdata=${data}`, '--username=postgres', '--auth=trust'], options);
    const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
    this.#server = spawn('postgres', ['-D', data, '-p', String(this.#port), ...settings], {
      ...options,
      stdio: 'ignore',
    });
    this.#server.on('error', () => undefined);
    await this.#until(() => this.#sql('SELECT 1'));
    return (performance.now() - since) / 1000 + (await this.next());
  }

  /** Seconds, where the server runs. */
  async next(): Promise<number> {
    const name = `shop_${this.#apps++}`;
    const clone = join(this.folder, name);
    const port = await freePort();
    const since = performance.now();
    await this.#sql(`CREATE DATABASE ${name}`);
    await run('git', ['clone', '--quiet', this.repository, clone], { signal: this.signal });
    const env = {
      PATH: process.env['PATH'],
      PORT: String(port),
      DATABASE_URL: `postgresql://postgres@127.0.0.1:${this.#port}/${name}`,
    };
    await run('node', ['migrate.js'], { cwd: clone, env, signal: this.signal });
    const service = spawn('node', ['main.js'], { cwd: clone, env, signal: this.signal, stdio: 'ignore' });
    service.on('error', () => undefined);
    this.#services.push(service);
    await this.#until(async () => void (await fetch(`http://127.0.0.1:${port}`)));
    return (performance.now() - since) / 1000;
  }

  /** Ends all that it started. Safe to repeat. */
  async end(): Promise<void> {
    for (const service of this.#services.splice(0)) await ended(service, 'SIGKILL');
    if (this.#server) await ended(this.#server, 'SIGINT');
    this.#server = undefined;
    await rm(this.folder, { recursive: true, force: true });
  }

  async #sql(statement: string): Promise<void> {
    const { default: pg } = await import('pg');
    const client = new pg.Client({
      host: '127.0.0.1',
      port: this.#port,
      user: 'postgres',
      database: 'postgres',
    });
    client.on('error', () => undefined);
    await client.connect();
    await client.query(statement).finally(() => client.end());
  }

  async #until(isReady: () => Promise<void>): Promise<void> {
    for (;;) {
      const failed = await isReady().then(
        () => false,
        () => true,
      );
      if (!failed) return;
      await delay(pollMs, undefined, { signal: this.signal });
    }
  }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

/** PostgreSQL refuses to run as root. */
async function ownerOfData(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  return { uid: Number(user?.[2]), gid: Number(user?.[3]) };
}
