import { freePort } from '@odoobo/machine/network';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { repository } from '../support/skills-workspace.js';

const run = promisify(execFile);

/** What a skill answers: `output` on success, `error` otherwise. */
export interface Reply<Output> {
  output?: Output;
  error?: { code: string; message: string };
}

/** A skill that runs from its bundle. */
export interface Service {
  name: string;
  url: string;
  pid: number;
  invoke<Output>(input: object): Promise<Reply<Output>>;
}

/** Builds a skill of this repository, and passes it while it runs, with this environment alone. */
export async function withService<T>(
  name: string,
  env: Record<string, string>,
  signal: AbortSignal,
  use: (service: Service) => Promise<T>,
): Promise<T> {
  await run('npx', ['nx', 'build', name], { cwd: repository, signal });
  const port = await freePort();
  const settings = { PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', LOG_LEVEL: 'error' };
  const bundle = join(repository, 'skills', name, 'dist/bundle/main.mjs');
  const child = spawn(process.execPath, [bundle], {
    env: { ...settings, ...env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  try {
    while (!(await fetch(`${url}/health`).catch(() => undefined))?.ok) {
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}.`);
      await delay(10, undefined, { signal });
    }
    return await use({
      name,
      url,
      pid: child.pid ?? 0,
      invoke: (input) => invoke(`${url}/invoke`, input, signal),
    });
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

async function invoke<Output>(url: string, input: object, signal: AbortSignal): Promise<Reply<Output>> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input }),
    signal,
  });
  return (await answer.json()) as Reply<Output>;
}

/** Sends requests, so many of them at once. */
export async function underLoad(
  requests: number,
  atOnce: number,
  send: (n: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < requests) await send(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** A sentence with the most resident memory that a process has had; empty where the system does not say it. */
export async function peakMemory({ name, pid }: Service, after: string): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kibibytes = /VmHWM:\s+(\d+)/.exec(status)?.[1];
  return kibibytes === undefined
    ? ''
    : `Most resident memory of ${name}: ${Math.round(Number(kibibytes) / 1024)} MiB, after ${after}.`;
}
