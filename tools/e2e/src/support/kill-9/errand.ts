import { type DeployResult, deployResultSchema } from '@odoobo/app-platform';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Version } from './version.js';

/** The input of a deployer. */
export interface Errand {
  /** The folder of the platform, and the port at which it is started if it does not run. */
  platform: string;
  port: number;
  /** The folder of the claims that deployers exclude each other with. */
  claims: string;
  versions: Version[];
}

/** A running deployer. */
export interface Deployer {
  kill(): void;
  /** Resolves when its process has ended. */
  ended: Promise<DeployerEnd>;
}

export interface DeployerEnd {
  /** By skill; empty when it was killed, or could not start. */
  results: Map<string, DeployResult>;
  /** What it printed. */
  output: string;
}

/** The compiled file, also for tests that run from the sources. */
const script = join(import.meta.dirname, '../../../dist/support/kill-9/deployer.js');
/** No deploy takes this long, not even one that waits for a server to start. */
const deadlineMs = 90_000;

/** Starts a deployer; its files are `<folder>/<name>.*`. */
export async function startDeployer(folder: string, name: string, errand: Errand): Promise<Deployer> {
  const files = ['errand.json', 'result.json', 'log'].map((end) => join(folder, `${name}.${end}`));
  const [errandFile = '', resultFile = '', log = ''] = files;
  await writeFile(errandFile, JSON.stringify(errand));
  const output = openSync(log, 'w');
  const child = spawn(process.execPath, [script, errandFile, resultFile], {
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const kill = () => void child.kill('SIGKILL');
  const late = new AbortController();
  const deadline = delay(deadlineMs, undefined, { signal: late.signal }).then(kill, () => undefined);
  const ended = once(child, 'exit').then(async () => {
    late.abort();
    await deadline;
    const results = await readFile(resultFile, 'utf8').then(parseResults, () => new Map());
    return { results, output: await readFile(log, 'utf8') };
  });
  return { kill, ended };
}

/** A deployer that was killed while it wrote its results has reported none. */
function parseResults(text: string): Map<string, DeployResult> {
  if (!text.endsWith(']')) return new Map();
  const results = deployResultSchema.array().parse(JSON.parse(text));
  return new Map(results.map((result) => [result.skill, result]));
}
