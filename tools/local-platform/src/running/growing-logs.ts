import { builtComponents } from '../deployments/components.js';
import { isUnderWay } from '../deployments/phases.js';
import type { Layout } from '../layout.js';
import { logFile } from '../logs/log-folder.js';
import type { AppRecord } from '../state/app-record.js';
import { recordedPlaces } from './process-record.js';

/** The logs that services, workers and jobs write to, whichever server has started them, and the platform's own. */
export async function logsOfProcesses({ logs, run, serverLog, ingressLog }: Layout): Promise<string[]> {
  const places = await recordedPlaces(run);
  const files = places.map(({ deployment, component }) => logFile(logs, deployment, component, 'RUN'));
  return [...new Set(files), serverLog, ingressLog];
}

/** Those that a build writes to. */
export function logsOfBuilds({ logs }: Layout, apps: readonly AppRecord[]): string[] {
  const building = apps.flatMap(({ deployments }) => deployments.filter(isUnderWay));
  return building.flatMap(({ id, spec }) =>
    builtComponents(spec).map((component) => logFile(logs, id, component.spec.name, 'BUILD')),
  );
}
