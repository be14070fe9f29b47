import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ErrorBody } from './error.js';

const startDeadlineMs = 30_000;

/** A skill bundled into one file, as it is shipped. */
export interface SkillBundle {
  url: URL;
  remove(): Promise<void>;
}

/** A skill that runs as a process of its own. */
export interface LiveSkill {
  url: string;
  pid: number;
  /** Sends an input by HTTP. */
  call(input: unknown): Promise<LiveAnswer>;
  /** Ends the process and removes its bundle. */
  stop(): Promise<void>;
}

/** What a live skill answers: `output` on success, `error` otherwise. */
export interface LiveAnswer {
  status: number;
  output: unknown;
  error: ErrorBody['error'] | undefined;
}

/**
 * Bundles a skill with esbuild, which the workspace has to have. The bundle is below the skill, so that packages that are not
 * bundled are found.
 * @param main the module that serves the skill
 * @param external packages that are not bundled
 */
export async function bundleSkill(main: URL, external: string[] = []): Promise<SkillBundle> {
  const { build } = await import('esbuild');
  const builds = join(dirname(dirname(fileURLToPath(main))), 'dist');
  await mkdir(builds, { recursive: true });
  const folder = await mkdtemp(join(builds, 'live-'));
  const outfile = join(folder, 'main.mjs');
  await build({
    entryPoints: [fileURLToPath(main)],
    outfile,
    external,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@odoobo/source'],
    loader: { '.wasm': 'binary' },
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return { url: pathToFileURL(outfile), remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Starts a skill on a free port of this machine, from its bundle and with this environment alone. */
export async function startSkill(
  main: URL,
  { env = {}, external = [] }: { env?: Record<string, string>; external?: string[] } = {},
): Promise<LiveSkill> {
  const bundle = await bundleSkill(main, external);
  const settings = { PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'info' };
  const child = spawn(process.execPath, [fileURLToPath(bundle.url)], {
    env: { ...settings, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    await bundle.remove();
  };
  const timer = setTimeout(() => child.kill('SIGKILL'), startDeadlineMs);
  try {
    const url = await addressIn(child.stdout);
    return { url, pid: child.pid ?? 0, call: (input) => invoke(url, input), stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The address that the skill logs. */
async function addressIn(output: Readable): Promise<string> {
  try {
    for await (const line of createInterface(output)) {
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
      if (url) return url;
    }
  } finally {
    // Read on, since a full pipe would stop the skill.
    output.resume();
  }
  throw new Error('The skill ended before it listened; its reason is above.');
}

async function invoke(url: string, input: unknown): Promise<LiveAnswer> {
  const answer = await fetch(`${url}/invoke`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input }),
  });
  const { output, error } = (await answer.json()) as LiveAnswer;
  return { status: answer.status, output, error };
}
