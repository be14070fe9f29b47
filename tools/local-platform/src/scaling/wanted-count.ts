import type { Service } from '@odoobo/app-platform/spec';
import type { Autoscaling } from '../state/app-record.js';

type Rules = NonNullable<Service['autoscaling']>;

/** What was measured of a component since the look before. */
export interface Measured {
  /** How many instances take part. */
  count: number;
  /** Percent of what its size has, the mean of the instances that ran all the time; undefined where none did. */
  cpuPercent?: number | undefined;
  /** Undefined for what takes no requests. */
  requestsPerSecond?: number | undefined;
  /** Within which 95 % of the requests were answered; null where none came. */
  p95Ms?: number | null | undefined;
}

export interface Wanted {
  count: number;
  metric: Extract<Autoscaling['metric'], 'cpu' | 'requests_per_second' | 'request_duration'>;
  /** Why, in words. */
  because: string;
}

/** As the official document says. */
const defaultCpuPercent = 80;

/** What is this near to its target stays as it is. This and the next are those of the Kubernetes HorizontalPodAutoscaler. */
const tolerance = 0.1;

/** In one step, at most to twice as many instances, or to four more. */
const mostInOneStep = (count: number): number => Math.max(2 * count, count + 4);

/**
 * How many instances would bring each metric to its target; the metric that wants the most decides. Undefined where nothing was
 * measured.
 */
export function wantedCount(rules: Rules, measured: Measured): Wanted | undefined {
  const wanted = targetsOf(rules, measured).map(({ ratio, ...why }) => ({
    ...why,
    count: withRatio(measured.count, ratio),
  }));
  const [first, ...others] = wanted;
  return first && others.reduce((most, one) => (one.count > most.count ? one : most), first);
}

interface Target extends Pick<Wanted, 'metric' | 'because'> {
  /** What is, by what should be. */
  ratio: number;
}

function targetsOf({ metrics = { cpu: {} } }: Rules, measured: Measured): Target[] {
  const { cpuPercent, requestsPerSecond, p95Ms, count } = measured;
  const targets: Target[] = [];
  const percent = metrics.cpu && (metrics.cpu.percent ?? defaultCpuPercent);
  if (percent !== undefined && cpuPercent !== undefined)
    targets.push({
      metric: 'cpu',
      ratio: cpuPercent / percent,
      because: `${cpuPercent.toFixed(0)} % of their CPU, for a target of ${percent} %`,
    });
  const perInstance = metrics.requests_per_second?.per_instance;
  if (perInstance !== undefined && requestsPerSecond !== undefined)
    targets.push({
      metric: 'requests_per_second',
      ratio: requestsPerSecond / count / perInstance,
      because: `${(requestsPerSecond / count).toFixed(1)} requests per second each, for a target of ${perInstance}`,
    });
  const longest = metrics.request_duration?.p95_milliseconds;
  if (longest !== undefined && p95Ms !== undefined)
    targets.push({
      metric: 'request_duration',
      ratio: (p95Ms ?? 0) / longest,
      because: `95 % of the requests within ${(p95Ms ?? 0).toFixed(0)} ms, for a target of ${longest} ms`,
    });
  return targets;
}

function withRatio(count: number, ratio: number): number {
  if (Math.abs(ratio - 1) <= tolerance) return count;
  return Math.min(mostInOneStep(count), Math.ceil(count * ratio));
}
