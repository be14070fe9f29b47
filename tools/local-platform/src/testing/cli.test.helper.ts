import type { App, AppSpec } from '@odoobo/app-platform/spec';
import { freePort } from '@odoobo/machine/network';
import { execFile, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { imageStoreOf } from '../images/image-store.js';
import { ensurePlatform } from '../start-stop/ensure.js';
import { type PlatformRecord, readPlatform } from '../start-stop/platform-record.js';
import { stopPlatform } from '../start-stop/stop.js';
import { writeImage } from './image.test.helper.js';
import { afterwards, callApi, eventually, temporaryFolder } from './platform.test.helper.js';

const bin = fileURLToPath(new URL('../../bin/local-platform.js', import.meta.url));

export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the built command line; it must be built first (`npx tsc -b`), as a user's is. */
export async function cli(args: readonly string[], cwd = process.cwd()): Promise<CliResult> {
  const env = { ...process.env, DIGITALOCEAN_ACCESS_TOKEN: 'must-not-be-handed-on' };
  try {
    return {
      code: 0,
      ...(await promisify(execFile)(process.execPath, [bin, ...args], { cwd, env, timeout: 30_000 })),
    };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

/** What the built command line prints on a terminal, which Python provides: Node cannot. */
export async function terminal(args: readonly string[]): Promise<string> {
  const spawnOnTerminal = 'import os, pty, sys; os._exit(pty.spawn(sys.argv[1:]) >> 8)';
  const { CI: _, ...env } = process.env;
  const command = ['-c', spawnOnTerminal, process.execPath, bin, ...args];
  return (await promisify(execFile)('python3', command, { env, timeout: 30_000 })).stdout;
}

/** Starts a command line whose output comes while it runs; it is ended after the test. */
export function cliStream(args: readonly string[]) {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  afterwards(async () => child.kill());
  return child;
}

/** A folder whose server and services are stopped after the test. */
export async function serverFolder(folder?: string): Promise<ServerFolder> {
  const directory = folder ?? (await temporaryFolder());
  afterwards(() => stopPlatform(directory));
  return new ServerFolder(directory, await freePort());
}

export class ServerFolder {
  constructor(
    readonly directory: string,
    private readonly port: number,
  ) {}

  /** What the command line does to start a server, without a process of its own. */
  async ensure(): Promise<void> {
    await ensurePlatform(this.directory, { port: this.port });
  }

  /** Uses its own port: tests that run at the same time would take 4100 from one another. */
  start(...flags: string[]): Promise<CliResult> {
    return this.run('start', '--port', String(this.port), ...flags);
  }

  /** For tests that end the command before it is done. */
  startInBackground() {
    return cliStream(['start', '--port', String(this.port), '--directory', this.directory]);
  }

  run(...args: string[]): Promise<CliResult> {
    return cli([...args, '--directory', this.directory]);
  }

  async record(): Promise<PlatformRecord> {
    const record = await readPlatform(this.directory);
    if (!record) throw new Error(`No platform.json in ${this.directory}`);
    return record;
  }

  /** What the command line does to stop it, without a process of its own. */
  async stop(): Promise<void> {
    await stopPlatform(this.directory);
  }

  /** Ends the server as a crash would, without any cleanup. */
  async killServer(): Promise<void> {
    const { identity } = await this.record();
    process.kill(identity.pid, 'SIGKILL');
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return (await callApi<T>(await this.record(), method, path, body)).body;
  }

  async image(source: string): Promise<string> {
    const layout = await writeImage(source);
    afterwards(() => rm(layout, { recursive: true }));
    return imageStoreOf(this.directory).import(layout);
  }

  async create(spec: AppSpec): Promise<App> {
    return (await this.call<{ app: App }>('POST', '/v2/apps', { spec })).app;
  }

  /** The app once nothing of it is in progress. */
  settled(id: string): Promise<App> {
    return eventually(async () => {
      const { app } = await this.call<{ app: App }>('GET', `/v2/apps/${id}`);
      return app.pending_deployment || app.in_progress_deployment ? undefined : app;
    });
  }
}
