import { freePort } from '@odoobo/machine/network';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { secret } from './router.test.helper.js';

export interface Started {
  child: ChildProcess;
  port: number;
  /** The events of its log. */
  events: () => Record<string, unknown>[];
}

/** The router as an image has it: one file, with no packages beside it. */
export async function start(env: Record<string, string>): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), 'router-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'router.mjs');
  await copyFile(join(import.meta.dirname, '../dist/router.mjs'), file);
  const port = env['PORT'] ? Number(env['PORT']) : await freePort();
  const child = spawn(process.execPath, [file], {
    env: { HOST: '127.0.0.1', ROUTER_SECRET: secret, ...env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => (log += String(chunk)));
  const events = () =>
    log
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { child, port, events };
}

export async function listening(env: Record<string, string>): Promise<Started> {
  const started = await start(env);
  const isListening = () => started.events().some(({ event }) => event === 'listening');
  await expect.poll(isListening, { timeout: 20_000 }).toBe(true);
  return started;
}

/** `kill -9`, and its end. */
export async function kill({ child }: Started): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
