import type { DeliveryAnswer } from '../src/page/answers.js';
import { count } from './format.js';

type Day = NonNullable<DeliveryAnswer['delivery']>['days'][number];

const height = 60;
/** Of a day with its gap, in the units of the drawing. */
const dayWidth = 10;

/** A number and its unit stay on one line. */
const space = '\u00a0';

/** Such as `45 s`, `12 min`, `5.5 h`, `3.2 d`; a dash where nothing was counted. */
export function length(seconds: number | null): string {
  if (seconds === null) return '–';
  if (seconds < 120) return `${Math.round(seconds)}${space}s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)}${space}min`;
  if (seconds < 172_800) return `${(seconds / 3_600).toFixed(1)}${space}h`;
  return `${(seconds / 86_400).toFixed(1)}${space}d`;
}

/** Such as `33.3 %`. */
export function share(part: number | null): string {
  return part === null ? '–' : `${Number((part * 100).toFixed(1))}${space}%`;
}

/** Such as `0.7`. */
export function perDay(value: number): string {
  return value > 0 && value < 0.005 ? '<0.01' : String(Number(value.toFixed(2)));
}

/** The bars of a drawing: what failed beside what was deployed, in one scale. */
export function barsOf(days: readonly Day[]) {
  const most = Math.max(1, ...days.map(({ deployments, failures }) => Math.max(deployments, failures)));
  const bars = days.map(({ day, deployments, failures }, index) => ({
    day,
    x: index * dayWidth,
    deployed: (deployments / most) * height,
    failed: (failures / most) * height,
    title: `${day}: ${count(deployments, 'deployment')}, ${count(failures, 'failure')}`,
  }));
  return { width: days.length * dayWidth, height, bars };
}
