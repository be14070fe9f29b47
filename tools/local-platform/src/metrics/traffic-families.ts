import { bucketEnds, type ComponentCounts } from '@odoobo/ingress';
import type { AppTraffic } from '../deployments/progression.js';
import { type Family, labelText } from './family.js';

const statuses = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** As text, once: a label. */
const ends = bucketEnds.map(String);

const requests = 'app_requests_total';
const duration = 'app_request_duration_seconds';
const byInstance = 'app_instance_requests_total';
const failures = 'app_instance_failures_total';

/** The lines of a component, and what they were made from. */
interface Written {
  from: string;
  requests: Buffer;
  times: Buffer;
}

/** What apps have answered, and how fast. The lines of a component that has answered nothing since the last scrape are not written again. */
export class TrafficFamilies {
  #written = new Map<string, Written>();

  /** @param traffic by the name of the app */
  families(traffic: ReadonlyMap<string, AppTraffic>): Family[] {
    const written = this.#write(traffic);
    const instances = [...traffic].flatMap(([app, { instances: some }]) =>
      some.map(({ component, instance, answers, failures: failed }) => {
        return { labels: { app, component, instance }, answers, failed };
      }),
    );
    return [
      {
        name: requests,
        help: 'Answers to requests at the URL of the app, by the class of their status. The component is empty where none was reached.',
        type: 'counter',
        values: [],
        lines: written.map((one) => one.requests),
      },
      {
        name: duration,
        help: 'Seconds from a request to the head of its answer.',
        type: 'histogram',
        values: [],
        lines: written.map((one) => one.times),
      },
      {
        name: byInstance,
        help: 'Requests that an instance of the live deployment has answered, or should have.',
        type: 'counter',
        values: instances.map(({ labels, answers }) => ({ labels, value: answers })),
      },
      {
        name: failures,
        help: 'Of those, answers with status 500 or higher, and requests without an answer.',
        type: 'counter',
        values: instances.map(({ labels, failed }) => ({ labels, value: failed })),
      },
    ];
  }

  #write(traffic: ReadonlyMap<string, AppTraffic>): Written[] {
    const before = this.#written;
    this.#written = new Map();
    for (const [app, { components }] of traffic)
      for (const counts of components) {
        const key = labelText({ app, component: counts.component });
        const from = `${counts.answers.join(' ')} ${counts.seconds}`;
        const known = before.get(key);
        this.#written.set(key, known?.from === from ? known : { from, ...linesOf(key, counts) });
      }
    return [...this.#written.values()];
  }
}

/** @param labels as text, which all lines of a component have */
function linesOf(labels: string, counts: ComponentCounts): Omit<Written, 'from'> {
  const answered = counts.answers.map((value, index) =>
    value > 0 ? `${requests}{status="${statuses[index] ?? ''}",${labels}} ${value}\n` : '',
  );
  return { requests: Buffer.from(answered.join('')), times: Buffer.from(timesOf(labels, counts)) };
}

/**
 * A histogram with the buckets that are not empty, and the ends of those before them: they are narrow, and most are always
 * empty. Percentiles are right to a twentieth.
 */
function timesOf(labels: string, { times, seconds }: ComponentCounts): string {
  let text = '';
  let below = 0;
  let last = -1;
  const add = (end: string | undefined) => {
    if (end !== undefined) text += `${duration}_bucket{le="${end}",${labels}} ${below}\n`;
  };
  for (const [bucket, answers] of times) {
    if (last !== bucket - 1) add(ends[bucket - 1]);
    below += answers;
    last = bucket;
    add(ends[bucket]);
  }
  add('+Inf');
  return `${text}${duration}_sum{${labels}} ${seconds}\n${duration}_count{${labels}} ${below}\n`;
}
