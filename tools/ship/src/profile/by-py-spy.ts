import { execa, ExecaError } from 'execa';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Recording, recordingSchema } from './recording.js';

const marginMs = 30_000;

/**
 * Profiles a process of Python on this machine, and those that it has started, with py-spy (https://github.com/benfred/py-spy), which
 * needs nothing of the process and does not restart it.
 * @throws Error when py-spy is not installed, or the system does not let it look into the process
 */
export async function profileByPySpy(pid: number, seconds: number): Promise<Recording> {
  const folder = await mkdtemp(join(tmpdir(), 'profile-'));
  const file = join(folder, 'recording.json');
  try {
    const wanted = ['--subprocesses', '--function', '--format', 'speedscope'];
    const options = ['--pid', `${pid}`, '--duration', `${seconds}`, '--output', file];
    await execa('py-spy', ['record', ...wanted, ...options], {
      timeout: seconds * 1_000 + marginMs,
      stdin: 'ignore',
    });
    return recordingSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw error instanceof ExecaError ? explained(error) : error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function explained(cause: ExecaError): Error {
  if (cause.code === 'ENOENT')
    return new Error('Python skills are profiled with py-spy, which is not installed: pip install py-spy', {
      cause,
    });
  // What follows is a trace of its own functions.
  const [said = 'it gave no reason'] = String(cause.stderr).split('\n').filter(Boolean);
  const advice = /permission/i.test(String(cause.stderr))
    ? ' The system lets only root look into another process: use sudo.'
    : '';
  return new Error(`py-spy could not profile the process: ${said.replace(/^Error: /, '')}${advice}`, {
    cause,
  });
}
