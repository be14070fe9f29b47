import { freePort } from '@odoobo/machine/network';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A server in its own process. */
export interface ServerProcess {
  pid: number;
  port: number;
  /** Sends SIGTERM; resolves when the process has ended. */
  stop(): Promise<void>;
}

const startMs = 20_000;

/** Runs a module of this folder; its first argument is the port assigned to it, followed by `args`. */
export async function startModule(
  name: string,
  args: string[],
  nodeArgs: string[] = [],
): Promise<ServerProcess> {
  const port = await freePort();
  const file = join(import.meta.dirname, `${name}.js`);
  return start(process.execPath, [...nodeArgs, file, String(port), ...args], port);
}

/** nginx with one process and keep-alive connections to the service; undefined if it is not installed. */
export async function startNginx(folder: string, service: number): Promise<ServerProcess | undefined> {
  const port = await freePort();
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'nginx.conf'), nginxConf(folder, port, service));
  try {
    return await start('nginx', ['-e', 'stderr', '-c', join(folder, 'nginx.conf')], port);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Configured as a careful operator would: no log, buffers that hold the largest answer, the headers that our ingress sets. */
function nginxConf(folder: string, port: number, service: number): string {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  return `daemon off; master_process off; worker_processes 1; pid ${join(folder, 'nginx.pid')}; error_log stderr;
events { worker_connections 4096; }
http {
  ${temp.join(' ')}
  access_log off; keepalive_requests 1000000000; proxy_buffer_size 16k; proxy_buffers 16 16k; tcp_nodelay on;
  upstream service { server 127.0.0.1:${service}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto http; proxy_set_header X-Forwarded-Host $http_host;
    }
  }
}
`;
}

async function start(command: string, args: string[], port: number): Promise<ServerProcess> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  await once(child, 'spawn');
  const stop = () => stopChild(child);
  try {
    await untilItAnswers(child, port);
    return { pid: child.pid ?? 0, port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilItAnswers(child: ChildProcess, port: number): Promise<void> {
  const deadline = performance.now() + startMs;
  while (performance.now() < deadline) {
    if (child.exitCode !== null)
      throw new Error(`${child.spawnfile} ended with exit code ${child.exitCode}.`);
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (answer?.status === 200) return;
    await delay(50);
  }
  throw new Error(`${child.spawnfile} did not answer in ${startMs / 1000} s.`);
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
