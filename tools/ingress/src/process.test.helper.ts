import { freePort } from '@odoobo/machine/network';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';

export interface TestProcess {
  port: number;
  /** SIGTERM, and after a second SIGKILL; resolves when it has ended. Safe to repeat. */
  stop(): Promise<void>;
}

/** Runs a module in a process of its own, which answers on PORT; it ends with the test. */
export async function startProcess(module: string, env: Record<string, string> = {}): Promise<TestProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, ['--input-type=module', '--eval', module], {
    env: { ...env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await Promise.race([exited, delay(1000, undefined, { ref: false })]);
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(stop);
  const answers = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/`).then(
      (answer) => answer.text().then(() => answer.ok),
      () => false,
    );
  await expect.poll(answers, { timeout: 30_000, interval: 20 }).toBe(true);
  return { port, stop };
}
