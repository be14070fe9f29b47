import { durationOf, isHeld, type Scenario, waveBefore, waveOf } from './scenario.js';

const minute = 60_000;
const writesAMinute = 250;

/** An app that is to be written. */
interface Open {
  index: number;
  wave: number;
  before: number[];
  /** When all apps of the wave before are live; Infinity while one of them is not written. */
  ready: number;
}

/**
 * The earliest end possible for a client that does not know beforehand how long each deployment takes, in milliseconds: it
 * sends at most 250 writes in any minute, each as soon as it may, and each deployment takes its time. An app is written once
 * all apps of the wave before are live; where more could be written than may, those of earlier waves are, since others wait
 * for them. Of apps that are alike no other order is faster.
 */
export function earliestEnd(scenario: Scenario): number {
  const open = new Set(writtenApps(scenario).map((index) => openApp(scenario, index)));
  const ends = new Map<number, number>();
  const sent: number[] = [];
  while (open.size > 0) {
    const free = (sent.at(-writesAMinute) ?? -minute) + minute;
    const next = firstOf(open, free);
    const at = Math.max(free, next.ready);
    open.delete(next);
    sent.push(at);
    ends.set(next.index, at + durationOf(scenario, next.index));
    for (const one of open)
      if (one.before.includes(next.index))
        one.ready = Math.max(...one.before.map((other) => ends.get(other) ?? Infinity));
  }
  return Math.max(...ends.values());
}

/** All apps but those that are held. */
export function writtenApps(scenario: Scenario): number[] {
  return Array.from({ length: scenario.apps }, (_, index) => index).filter(
    (index) => !isHeld(scenario, index),
  );
}

function openApp(scenario: Scenario, index: number): Open {
  const before = waveBefore(scenario, index);
  return { index, wave: waveOf(scenario, index), before, ready: before.length === 0 ? 0 : Infinity };
}

/** The app whose write can leave first, from a time on; of several, the one of the earliest wave. */
function firstOf(open: Iterable<Open>, free: number): Open {
  const [first, ...others] = open;
  if (!first) throw new Error('nothing is left to write');
  return others.reduce((best, one) => {
    const sooner = Math.max(free, one.ready) - Math.max(free, best.ready);
    return sooner < 0 || (sooner === 0 && one.wave < best.wave) ? one : best;
  }, first);
}

export function slowestDeploy(scenario: Scenario): number {
  return Math.max(...Array.from({ length: scenario.apps }, (_, index) => durationOf(scenario, index)));
}

/** The slowest deployment, or the time that the writes alone take at 250 a minute, whichever is longer. */
export function writesOrSlowest(scenario: Scenario): number {
  return Math.max(slowestDeploy(scenario), (writtenApps(scenario).length / writesAMinute) * minute);
}
