import { Beside } from '@odoobo/local-platform/client';
import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { tempDirectory } from '../test-support/temp-directory.js';
import { type PythonServerOptions, runPythonServer } from './python-server.js';

/** A program that runs one line of shell. */
async function writeProgram(path: string, line: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // At once: a process that starts during an asynchronous write would hold the file open, and it could not be run (ETXTBSY).
  writeFileSync(path, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
}

async function optionsOf(signal = new AbortController().signal): Promise<PythonServerOptions> {
  const skillRoot = await tempDirectory();
  const venv = join(await tempDirectory(), 'environment');
  const beside = await Beside.open(join(skillRoot, '.local-platform'), 'echo', 1_000);
  onTestFinished(() => beside.close());
  return { skill: 'echo', skillRoot, entry: 'main:app', venv, port: 28125, beside, signal };
}

function setPath(...folders: string[]): void {
  vi.stubEnv('PATH', folders.join(delimiter));
  onTestFinished(() => void vi.unstubAllEnvs());
}

describe('missing software is reported, with what to do', () => {
  it('is python3', async () => {
    setPath(await tempDirectory());
    await expect(runPythonServer(await optionsOf())).rejects.toThrow(
      'echo is written in Python, but python3 is not on PATH. Install it, then serve again.',
    );
  });

  it('is its module venv', async () => {
    const programs = await tempDirectory();
    await writeProgram(join(programs, 'python3'), 'exit 1');
    setPath(programs, '/usr/bin', '/bin');
    await expect(runPythonServer(await optionsOf())).rejects.toThrow('python3-venv');
  });

  it('is a package', async () => {
    const options = await optionsOf();
    await writeProgram(join(options.venv, 'bin/pip'), '');
    await writeProgram(join(options.venv, 'bin/python'), 'exit 1');
    await expect(runPythonServer(options)).rejects.toThrow(/requirements\.txt of echo names.*PIP_INDEX_URL/);
  });

  it('is a server that goes on running', async () => {
    const options = await optionsOf();
    await writeProgram(join(options.venv, 'bin/pip'), '');
    await writeProgram(join(options.venv, 'bin/python'), '[ "$2" = uvicorn ] && exit 3 || exit 0');
    await expect(runPythonServer(options)).rejects.toThrow('uvicorn ended with exit code 3');
  });
});

it('ends at once when it is aborted during the installation', async () => {
  const stopping = new AbortController();
  const options = await optionsOf(stopping.signal);
  const programs = await tempDirectory();
  await writeProgram(join(programs, 'python3'), 'exec sleep 600');
  setPath(programs, '/usr/bin', '/bin');
  const running = runPythonServer(options);
  stopping.abort();
  await expect(running).resolves.toBeUndefined();
});
