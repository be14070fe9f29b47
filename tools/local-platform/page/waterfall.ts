import type { Deployment } from '@odoobo/app-platform/spec';
import { durationOf, type Leaf } from './deployment.js';
import { platformNow } from './platform-time.js';

/** Where a step is on the time axis of its deployment, in percent. */
export interface Bar {
  start: number;
  width: number;
}

/** A step that took no time is still seen. */
const leastWidth = 0.5;

/** The place of a step; undefined for one that has not begun. */
export function barOf(
  { started_at: from, ended_at: to }: Pick<Leaf, 'started_at' | 'ended_at'>,
  deployment: Deployment,
  now = platformNow(),
): Bar | undefined {
  const whole = durationOf(deployment, now);
  const began = Date.parse(deployment.created_at ?? '');
  const begins = Date.parse(from ?? '') - began;
  const ends = (Date.parse(to ?? '') || now) - began;
  if (!whole || Number.isNaN(begins)) return undefined;
  const start = within((begins / whole) * 100, 100 - leastWidth);
  return { start, width: Math.max(leastWidth, within((ends / whole) * 100, 100) - start) };
}

/** Clocks differ: no bar leaves the axis. */
function within(percent: number, most: number): number {
  return Math.min(Math.max(0, percent), most);
}
