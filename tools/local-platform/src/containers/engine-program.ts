import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { hostPath } from '../process/host-path.js';

/** Long enough for a big image on a slow disk; the engines answer in milliseconds. */
const answerMs = 120_000;

/** Folders of programs for root, which other users may not have on PATH. */
const systemFolders = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/**
 * The variables of this process's environment that engines read: their configuration, the logins to registries, and how to
 * reach those.
 */
const readByEngines =
  /^(HOME|USER|TMPDIR|LANG|XDG_.*|DOCKER_.*|BUILDKIT_.*|BUILDAH_.*|CONTAINERS?_.*|STORAGE_.*|REGISTRY_.*|(https?|all|no)_proxy|SSL_CERT_(FILE|DIR))$/i;

/** For docker, a folder without logins is none; podman and buildah fail. */
function isEmptyFolder(name: string, folder: string): boolean {
  return name === 'DOCKER_CONFIG' && !existsSync(join(folder, 'config.json'));
}

/** Those of this process, but for PATH: where engines are, how they are configured, and the logins to registries. */
export function engineVariables(): Record<string, string> {
  const own = Object.entries(process.env).flatMap(([name, value]) =>
    value !== undefined && readByEngines.test(name) && !isEmptyFolder(name, value)
      ? [[name, value] as const]
      : [],
  );
  return Object.fromEntries(own);
}

/** What the program of an engine finds in its environment; nothing of a spec's. */
export function engineEnvironment(): Record<string, string> {
  return { ...engineVariables(), PATH: [hostPath(), ...systemFolders].join(delimiter) };
}

/**
 * Options that set variables of a container or a build, and the environment for the engine's program. The values stay out of the
 * command line, which every user of the machine can read, but for variables that the engine itself would obey.
 */
export function variableOptions(
  option: string,
  env: Record<string, string>,
  own: Record<string, string>,
): { options: string[]; env: Record<string, string> } {
  const options: string[] = [];
  const passed = { ...own };
  for (const [name, value] of Object.entries(env)) {
    const isEngines = name === 'PATH' || name === 'LD_PRELOAD' || readByEngines.test(name);
    options.push(option, isEngines ? `${name}=${value}` : name);
    if (!isEngines) passed[name] = value;
  }
  return { options, env: passed };
}

/** What a program prints. @throws Error with the last line of its errors when it fails, or does not end in two minutes */
export async function answerOf(
  [program = '', ...args]: readonly string[],
  env: Record<string, string>,
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, {
      env,
      cwd: '/',
      timeout: answerMs,
      killSignal: 'SIGKILL',
      maxBuffer: 64 * 2 ** 20,
    });
    return stdout;
  } catch (cause) {
    const { code, stderr = '', killed } = cause as { code?: unknown; stderr?: string; killed?: boolean };
    if (code === 'ENOENT') throw new Error(`${program} is not installed`, { cause });
    const last = stderr.trim().split('\n').at(-1) ?? '';
    const why = killed
      ? `it did not answer within ${answerMs / 1000} s`
      : last || `exit code ${String(code)}`;
    throw new EngineError(`${program} failed: ${why}`, Number(code), { cause });
  }
}

/** A program that was executed, and failed. */
export class EngineError extends Error {
  override name = 'EngineError';

  constructor(
    message: string,
    readonly exitCode: number,
    options: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The path of a program. @throws Error when it is not installed */
export async function findProgram(name: string): Promise<string> {
  for (const folder of engineEnvironment()['PATH']?.split(delimiter) ?? []) {
    const path = join(folder, name);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  throw new Error(`${name} is not installed`);
}

/** `KEY=value` as images list their variables. */
export function variablesOf(list: readonly string[] | null | undefined): Record<string, string> {
  return Object.fromEntries(
    (list ?? []).map((entry) => {
      const at = entry.indexOf('=');
      return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}
