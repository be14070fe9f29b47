import type { App, Deployment } from '../spec/index.js';
import { underWay } from './plan.js';

/** A deployment that was started, or has gone live, since the app was read. */
export function changedSince(now: App, seen: App): Deployment | undefined {
  const known = [underWay(seen)?.id, seen.active_deployment?.id];
  return [underWay(now), now.active_deployment].find((one) => one && !known.includes(one.id));
}
