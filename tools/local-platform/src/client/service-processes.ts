import { isAlive } from '@odoobo/machine/process';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { readProcessRecord, recordedPlaces } from '../state/process-record.js';

/** A process of a service that the platform runs. */
export interface ServiceProcess {
  component: string;
  instance: number;
  pid: number;
}

/**
 * The processes of a deployment that run now, on this machine; none of what runs in a container.
 * @param root the folder of the platform
 */
export async function serviceProcesses(root: string, deployment: string): Promise<ServiceProcess[]> {
  const run = await realpath(join(root, 'run')).catch(() => undefined);
  if (run === undefined) return [];
  const places = (await recordedPlaces(run)).filter((place) => place.deployment === deployment);
  const found = await Promise.all(
    places.map(async (place) => {
      const { identity, engine } = (await readProcessRecord(run, place)) ?? {};
      if (!identity || engine !== undefined || !(await isAlive(identity))) return [];
      return [{ component: place.component, instance: place.instance, pid: identity.pid }];
    }),
  );
  return found.flat().sort((a, b) => a.instance - b.instance);
}
