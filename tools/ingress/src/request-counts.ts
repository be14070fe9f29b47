/** Buckets of times, each a twentieth wider than the one before: from 0.1 ms to beyond a minute. */
const bucketsPerDoubling = 15;
const shortestMs = 0.1;
const buckets = 290;

/** The upper end of each bucket but the last, which has none, in seconds. */
export const bucketEnds: readonly number[] = Array.from({ length: buckets - 1 }, (_, index) =>
  Number(((shortestMs / 1000) * 2 ** ((index + 1) / bucketsPerDoubling)).toPrecision(6)),
);

/** What a component has answered since the address was opened. */
export interface ComponentCounts {
  /** Empty for requests that reached none, because nothing is live or no rule fits. */
  component: string;
  /** How many answers, by the first digit of their status: `[1xx, 2xx, 3xx, 4xx, 5xx]`. */
  answers: number[];
  /** The sum of the times from a request to the head of its answer. */
  seconds: number;
  /** How many answers took how long: the buckets that are not empty, by their place in `bucketEnds`. */
  times: [bucket: number, answers: number][];
}

/** What an instance has done since it takes requests. */
export interface InstanceCounts {
  component: string;
  port: number;
  answers: number;
  /** Answers with 500 or more, and requests that got none. */
  failures: number;
}

/** What was counted of an app. None of it goes down as long as the address is open. */
export interface RequestReading {
  components: ComponentCounts[];
  instances: InstanceCounts[];
}

/** The requests of one component. */
class Counts {
  readonly answers = new Float64Array(5);
  readonly times = new Float64Array(buckets);
  ms = 0;
}

/** Counts the answers of an app by component. One takes 3 kB, however many the requests. */
export class RequestCounts {
  readonly #components = new Map<string, Counts>();

  /** @param now milliseconds of a clock that never goes back */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Counts one answer; `since` is when its request came, by the same clock. */
  add(component: string, status: number, since: number): void {
    let counts = this.#components.get(component);
    if (!counts) this.#components.set(component, (counts = new Counts()));
    const ms = this.now() - since;
    counts.ms += ms;
    const bucket = bucketOf(ms);
    counts.times[bucket] = (counts.times[bucket] ?? 0) + 1;
    const digit = Math.min(4, Math.max(0, Math.floor(status / 100) - 1));
    counts.answers[digit] = (counts.answers[digit] ?? 0) + 1;
  }

  /** @param live the components that there are; what others have answered is forgotten */
  read(live: ReadonlySet<string>): ComponentCounts[] {
    for (const name of this.#components.keys())
      if (name !== '' && !live.has(name)) this.#components.delete(name);
    return [...this.#components].map(([component, { answers, times, ms }]) => ({
      component,
      answers: [...answers],
      seconds: ms / 1000,
      times: filled(times),
    }));
  }
}

/** A loop: with a thousand apps, an array for each bucket would stop the requests for longer. */
function filled(times: Float64Array): [bucket: number, answers: number][] {
  const found: [number, number][] = [];
  for (let bucket = 0; bucket < times.length; bucket += 1) {
    const answers = times[bucket] ?? 0;
    if (answers > 0) found.push([bucket, answers]);
  }
  return found;
}

/** A time belongs to the first bucket that ends at it or later. */
function bucketOf(ms: number): number {
  const bucket = Math.ceil(Math.log2(ms / shortestMs) * bucketsPerDoubling) - 1;
  return Math.min(buckets - 1, Math.max(0, bucket));
}
