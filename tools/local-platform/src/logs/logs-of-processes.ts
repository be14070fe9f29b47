import type { Layout } from '../state/layout.js';
import { recordedPlaces } from '../state/process-record.js';
import { logFile } from './log-folder.js';

/** The logs that services, workers and jobs write to, whichever server has started them, and the platform's own. */
export async function logsOfProcesses({ logs, run, serverLog, ingressLog }: Layout): Promise<string[]> {
  const places = await recordedPlaces(run);
  const files = places.map(({ deployment, component }) => logFile(logs, deployment, component, 'RUN'));
  return [...new Set(files), serverLog, ingressLog];
}
