import { Cron } from 'croner';
import { type AppSpec, defaultInstanceSizeSlug, instanceSizes } from '../spec/index.js';
import type { Size } from './mark.js';
import { rescaled } from './rescale.js';
import { heldAt, type ScheduledSize } from './scale-schedule.js';
import { instanceRange, sizesIn } from './size.js';

const fourWeeksMs = 28 * 24 * 3_600_000;

/** A schedule that changes more often is averaged over a shorter time. */
const mostChanges = 400;

/** US dollars a month, of the instances of services and workers. */
export interface ScheduleCost {
  without: number;
  /** The mean of four weeks. */
  with: number;
}

/**
 * What the instances of an app cost with its schedule and without. Autoscaling counts with its fewest instances, an archived app with none.
 * @param now milliseconds since 1970
 * @returns undefined where a size has no known price, or the schedule names what is not there
 */
export function scheduleCost(
  spec: AppSpec,
  schedule: readonly ScheduledSize[],
  now: number,
): ScheduleCost | undefined {
  const without = priceOf(spec);
  let sum = 0;
  let at = now;
  for (let changes = 0; at < now + fourWeeksMs && changes < mostChanges; changes++) {
    const price = priceAt(spec, schedule, at);
    if (price === undefined) return undefined;
    const until = Math.min(nextChange(schedule, at), now + fourWeeksMs);
    sum += price * (until - at);
    at = until;
  }
  return without === undefined ? undefined : { without, with: sum / (at - now) };
}

function priceAt(spec: AppSpec, schedule: readonly ScheduledSize[], at: number): number | undefined {
  const held = heldAt(schedule, at);
  if (!held) return priceOf(spec);
  try {
    return priceOf(rescaled(spec, held, spec.name).spec);
  } catch {
    // The schedule names a component that is not there: `scale` says so.
    return undefined;
  }
}

function nextChange(schedule: readonly ScheduledSize[], after: number): number {
  const times = schedule.map(({ cron, zone }) =>
    new Cron(cron, { mode: '5-part', timezone: zone, paused: true }).nextRun(new Date(after))?.getTime(),
  );
  return Math.min(...times.map((time) => (time !== undefined && time > after ? time : Infinity)));
}

function priceOf(spec: AppSpec): number | undefined {
  if (spec.maintenance?.archive) return 0;
  const prices = [...sizesIn(spec).values()].map(priceOfSize);
  return prices.reduce((sum, one) => (sum === undefined || one === undefined ? undefined : sum + one), 0);
}

function priceOfSize(size: Size): number | undefined {
  const { instance_size_slug: wanted = defaultInstanceSizeSlug } = size;
  const price = instanceSizes.find(({ slug }) => slug === wanted)?.usdPerMonth;
  return price === undefined ? undefined : price * instanceRange(size).least;
}
