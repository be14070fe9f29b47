import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { markOf } from '../process/platform-processes.js';
import { replaceFile } from '../state/atomic-file.js';
import type { DatabaseEngine, EngineContext, Provided } from './database-engine.js';
import { DatabaseServer, endServer, type ServerProcess } from './database-server.js';
import { valuesOf } from './database-values.js';
import { findProgram, versionOf } from './programs.js';
import { certificateFile, keyFile, openServerFolder } from './server-folder.js';
import { trustIn } from './trust.js';

/** App Platform's name for the user of a cluster. */
const user = 'default';
const connectMs = 5_000;
const accessFile = 'users.acl';

const install =
  'Install one (Debian and Ubuntu: apt install valkey, or redis-server; macOS: brew install valkey, or redis).';

/**
 * Valkey or Redis, which speak the same protocol: a server for each database of an app. App Platform gives a whole cluster:
 * its numbered databases, FLUSHALL, channels and memory are the app's alone, and no server can divide those between users.
 */
export class Valkey implements DatabaseEngine {
  readonly #servers = new Map<string, DatabaseServer>();

  constructor(private readonly context: EngineContext) {}

  async gap(): Promise<string | undefined> {
    if (await installedValkey()) return undefined;
    return `neither Valkey nor Redis is on this machine. ${install}`;
  }

  /** @throws Error when there is no such program, or its server does not come up */
  async provide(name: string, password: string): Promise<Provided> {
    const program = await installedValkey();
    if (program === undefined) throw new Error(`Neither Valkey nor Redis is on this machine. ${install}`);
    const { certificate } = await openServerFolder(this.#place, undefined);
    const title = await titleOf(program);
    const login = { password, certificate };
    await this.#allow(name, login);
    const server = this.#server(name, login, program, title);
    const url = new URL(`rediss://${user}:${password}@127.0.0.1:${await server.port()}`);
    const environment = await trustIn(this.#place, certificate);
    return { title, values: valuesOf(url, certificate), environment };
  }

  async drop(name: string): Promise<void> {
    await this.#end(name);
    for (const left of [name, `${name}.json`, `${name}.log`])
      await rm(join(this.#place, left), { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    const names = await readdir(this.#place).catch(() => []);
    const started = names.flatMap((name) => (name.endsWith('.json') ? basename(name, '.json') : []));
    await Promise.all(started.map((name) => this.#end(name)));
  }

  get #place(): string {
    return join(this.context.folder, 'valkey');
  }

  /** Also one that an earlier server of the platform has started. */
  async #end(name: string): Promise<void> {
    const known = this.#servers.get(name);
    this.#servers.delete(name);
    await (known ? known.stop() : endServer(this.#process(name)));
  }

  #process(name: string): ServerProcess {
    const mark = markOf(this.context.layout, 'database', name);
    return { mark, folder: join(this.#place, name), endedBy: 'SIGTERM' };
  }

  #server(name: string, login: Login, program: string, title: string): DatabaseServer {
    const known = this.#servers.get(name);
    if (known) return known;
    const { ports, warn } = this.context;
    const process = this.#process(name);
    const command = (port: number): string[] => commandOf(program, process.folder, this.#place, port);
    const kind = {
      ...process,
      title,
      command,
      user: undefined,
      connect: (port: number) => ping(port, login),
    };
    const server = new DatabaseServer(kind, ports, warn);
    this.#servers.set(name, server);
    return server;
  }

  /**
   * Lets the one user in, who may do all but what would lock this platform out. Only the hash of the password is written. The
   * key that passwords are made from may have been lost: a server that runs with another one is started again.
   */
  async #allow(name: string, { password }: Login): Promise<void> {
    const { folder } = this.#process(name);
    const file = join(folder, accessFile);
    const hash = createHash('sha256').update(password).digest('hex');
    const rule = `user ${user} on #${hash} ~* &* +@all -acl -shutdown\n`;
    const before = await readFile(file, 'utf8').catch(() => undefined);
    if (before === rule) return;
    if (before !== undefined) await this.#end(name);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await replaceFile(file, rule);
  }
}

interface Login {
  password: string;
  certificate: string;
}

/** The server of this machine. */
export function installedValkey(): Promise<string | undefined> {
  return findProgram(['valkey-server', 'redis-server']);
}

/** `Redis server v=7.0.15 sha=...`, `Valkey server v=8.0.1 sha=...` */
async function titleOf(program: string): Promise<string> {
  const [, name = 'Valkey', version = ''] = /^(\w+) server v=([\d.]+)/.exec(await versionOf(program)) ?? [];
  return `${name} ${version}`.trim();
}

/** Each change is in the file of the system at once, so that none is lost with the process. */
function commandOf(program: string, folder: string, place: string, port: number): string[] {
  const settings = {
    bind: '127.0.0.1',
    port: 0,
    'tls-port': port,
    'tls-cert-file': join(place, certificateFile),
    'tls-key-file': join(place, keyFile),
    'tls-auth-clients': 'no',
    aclfile: join(folder, accessFile),
    dir: folder,
    appendonly: 'yes',
  };
  return [program, ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])];
}

/** @throws Error as long as it answers no commands: it first reads all that it holds */
async function ping(port: number, { password, certificate }: Login): Promise<void> {
  const signal = AbortSignal.timeout(connectMs);
  const socket = connect({ host: '127.0.0.1', port, ca: certificate });
  try {
    await once(socket, 'secureConnect', { signal });
    socket.write(`AUTH ${user} ${password}\r\nPING\r\n`);
    const answer = await answersOf(socket, signal);
    if (answer !== '+OK\r\n+PONG\r\n') throw new Error(answer.trim());
  } finally {
    socket.destroy();
  }
}

/** Two answers, each a line. */
async function answersOf(socket: TLSSocket, signal: AbortSignal): Promise<string> {
  let text = '';
  while (text.split('\r\n').length <= 2) {
    const [chunk] = (await once(socket, 'data', { signal })) as [Buffer];
    text += chunk.toString();
  }
  return text;
}
