import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import { hrTime, type InstrumentationScope } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricDescriptor,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { durationBuckets } from './http-attributes.js';

/** As the SDK marks what is beyond its limit. */
const overflow: Attributes = { 'otel.metric.overflow': true };

/** Durations of one set of attributes. */
export class Durations {
  #counts: number[] = [];
  #count = 0;
  #sum = 0;
  #min = Infinity;
  #max = -Infinity;
  #since: HrTime = [0, 0];

  constructor(private readonly attributes: Attributes) {}

  record(seconds: number): void {
    if (this.#count === 0) this.#begin();
    this.#count++;
    this.#sum += seconds;
    if (seconds < this.#min) this.#min = seconds;
    if (seconds > this.#max) this.#max = seconds;
    let bucket = 0;
    while (bucket < durationBuckets.length && seconds > (durationBuckets[bucket] ?? 0)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  #begin(): void {
    this.#counts = Array.from({ length: durationBuckets.length + 1 }, () => 0);
    [this.#sum, this.#min, this.#max] = [0, Infinity, -Infinity];
    this.#since = hrTime();
  }

  /** What it has counted; nothing if there is nothing. @param startAgain whether it counts from zero from now on */
  collect(endTime: HrTime, startAgain: boolean): DataPoint<Histogram>[] {
    if (this.#count === 0) return [];
    const value = {
      buckets: { boundaries: durationBuckets, counts: [...this.#counts] },
      count: this.#count,
      sum: this.#sum,
      min: this.#min,
      max: this.#max,
    };
    if (startAgain) this.#count = 0;
    return [{ startTime: this.#since, endTime, attributes: this.attributes, value }];
  }
}

/**
 * A histogram of durations whose callers keep the series that they record into. The SDK's own sorts the attributes of each value and
 * makes a text of them, to find its series; here this is done once.
 */
export class DurationHistogram implements MetricProducer {
  readonly #series = new Map<string, Durations>();

  /** @param maxSeries all values of further attributes are one series */
  constructor(
    private readonly scope: InstrumentationScope,
    private readonly descriptor: Omit<MetricDescriptor, 'valueType'>,
    private readonly temporality: AggregationTemporality,
    private readonly maxSeries: number,
  ) {}

  of(attributes: Attributes): Durations {
    const key = JSON.stringify(Object.entries(attributes).sort());
    const found = this.#series.get(key);
    if (found) return found;
    if (this.#series.size >= this.maxSeries - 1 && attributes !== overflow) return this.of(overflow);
    const durations = new Durations(attributes);
    this.#series.set(key, durations);
    return durations;
  }

  collect(): Promise<CollectionResult> {
    const now = hrTime();
    const startAgain = this.temporality === AggregationTemporality.DELTA;
    const dataPoints = [...this.#series.values()].flatMap((each) => each.collect(now, startAgain));
    const metric = {
      descriptor: { ...this.descriptor, valueType: ValueType.DOUBLE },
      aggregationTemporality: this.temporality,
      dataPointType: DataPointType.HISTOGRAM as const,
      dataPoints,
    };
    const scopeMetrics = dataPoints.length === 0 ? [] : [{ scope: this.scope, metrics: [metric] }];
    return Promise.resolve({ resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] });
  }
}
