import type { NeededInstances } from '@odoobo/app-platform/versions';
import { formatDollars } from '../terminal/format.js';
import { printable } from '../terminal/printable.js';

/** Whether the App Spec has the instances that are needed, as far as that is known. */
export function isEnough({ needed, most }: NeededInstances): boolean {
  return needed !== undefined && needed <= most;
}

/** How many instances a rate of requests needs, and whether the App Spec has them, in a sentence. */
export function showLoad(load: NeededInstances): string {
  const { service, requestsPerSecond, size, needed, cost, least, most } = load;
  const asked = `${requestsPerSecond} requests a second to ${printable(service)} need`;
  if (needed === undefined)
    return `${asked} an unknown number of instances: measure one of ${size}, and add it to load/perInstance of the manifest`;
  const price = cost === undefined ? '' : `, ${formatDollars(cost)} a month`;
  const has = least === most ? String(most) : `${least} to ${most}`;
  return `${asked} ${needed} x ${size}${price}; the App Spec has ${has}${isEnough(load) ? '' : adviceFor(load, needed)}`;
}

function adviceFor({ isSingle }: NeededInstances, needed: number): string {
  const advice = isSingle ? 'this size allows one, so choose another' : `raise that to ${needed}`;
  return `, too few: ${advice}`;
}
