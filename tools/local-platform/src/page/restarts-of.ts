import { activeDeployment } from '../deployments/phases.js';
import type { AppRecord } from '../state/app-record.js';
import type { Restarts } from './answers.js';

/** Undefined where nothing was started again. */
export function restartsOf(app: AppRecord): Restarts | undefined {
  const all = Object.values(activeDeployment(app)?.restarts ?? {});
  const last = all.toSorted((a, b) => a.at.localeCompare(b.at)).at(-1);
  if (!last) return undefined;
  const { at, cause, component } = last;
  return { count: all.reduce((sum, { count }) => sum + count, 0), at, cause, component };
}
