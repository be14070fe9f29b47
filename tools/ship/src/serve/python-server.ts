import type { Beside } from '@odoobo/local-platform/client';
import { execa, ExecaError } from 'execa';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { requirementsFile } from '../artefact/python.js';

export interface PythonServerOptions {
  skill: string;
  /** Absolute path of the skill. */
  skillRoot: string;
  /** `main:app` */
  entry: string;
  /** The virtual environment, created if missing. Not in the skill's folder, which uvicorn watches. */
  venv: string;
  /** Port on 127.0.0.1. */
  port: number;
  /** Runs the server. */
  beside: Beside;
  /** Ends the server. */
  signal: AbortSignal;
}

/** Installing may take long, but not an hour. */
const installMs = 30 * 60_000;

/**
 * Installs what a Python skill needs into a virtual environment, runs it there with uvicorn, and restarts it after each
 * change. A change that does not import is reported. The server runs until the signal is aborted.
 *
 * @throws where there is no python3, pip cannot install, or the server ends by itself
 */
export async function runPythonServer(options: PythonServerOptions): Promise<void> {
  const { skillRoot, entry, venv, port, beside, signal } = options;
  try {
    await prepare(options);
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  const listen = ['--host', '127.0.0.1', '--port', String(port)];
  const { exited, stop } = await beside.start({
    command: [pythonOf(venv), '-m', 'uvicorn', entry, '--reload', ...listen],
    cwd: skillRoot,
    // As on the platform, except that no compiled files are written among the sources.
    env: { PORT: String(port), HOST: '127.0.0.1', PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' },
  });
  const exit = await Promise.race([exited, untilAborted(signal)]);
  await stop();
  if (!exit || signal.aborted) return;
  throw new Error(
    `uvicorn ended with ${exit.signal ?? `exit code ${exit.code}`}; see its output above. Fix that, then serve again.`,
  );
}

async function untilAborted(signal: AbortSignal): Promise<undefined> {
  if (!signal.aborted) await once(signal, 'abort');
}

/** pip skips installed packages, so a repetition takes a second. */
async function prepare(options: PythonServerOptions): Promise<void> {
  const { skill, skillRoot, venv, beside, signal } = options;
  const run = {
    cwd: skillRoot,
    env: beside.environment,
    cancelSignal: signal,
    timeout: installMs,
    stdio: 'inherit',
  } as const;
  if (!(await isMade(venv))) {
    await execa('python3', ['-m', 'venv', '--clear', venv], run).catch((cause: unknown) => {
      throw new Error(noEnvironment(skill, cause), { cause });
    });
  }
  const pip = ['-I', '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  await execa(pythonOf(venv), [...pip, '--requirement', requirementsFile], run).catch((cause: unknown) => {
    throw new Error(
      `pip could not install what ${requirementsFile} of ${skill} names. Check that the package index of your pip configuration ` +
        '(PIP_INDEX_URL, pip.conf) can be reached and has these versions for this Python. See the output of pip above.',
      { cause },
    );
  });
}

function pythonOf(venv: string): string {
  return join(venv, 'bin/python');
}

/** pip is installed last, so its presence shows that the environment is complete. */
function isMade(venv: string): Promise<boolean> {
  return access(join(venv, 'bin/pip')).then(
    () => true,
    () => false,
  );
}

function noEnvironment(skill: string, cause: unknown): string {
  return cause instanceof ExecaError && cause.code === 'ENOENT'
    ? `${skill} is written in Python, but python3 is not on PATH. Install it, then serve again.`
    : `python3 could not make a virtual environment for ${skill}. Its module venv may be missing: on Debian, install python3-venv.`;
}
