import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** For all tests of a run: the user's folder for state, in which local platforms build and run services. */
export default async function setUpStateFolder(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'state-'));
  process.env['XDG_STATE_HOME'] = folder;
  return () => rm(folder, { recursive: true, force: true });
}
