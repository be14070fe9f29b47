import { bucketEnds, type ComponentCounts } from '@odoobo/ingress';
import type { AppTraffic } from '../deployments/progression.js';
import type { Family, Sample } from './family.js';

const statuses = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** As text, once: a label. */
const ends = bucketEnds.map(String);

const duration = 'app_request_duration_seconds';

/** What apps have answered, and how fast. @param traffic by the name of the app */
export function trafficFamilies(traffic: ReadonlyMap<string, AppTraffic>): Family[] {
  const requests: Sample[] = [];
  const times: Sample[] = [];
  const byInstance: Sample[] = [];
  const failures: Sample[] = [];
  for (const [app, { components, instances }] of traffic) {
    for (const counts of components) {
      const { component, answers } = counts;
      const sharedLabels = { app, component };
      answers.forEach((value, index) => {
        if (value > 0) requests.push({ labels: { status: statuses[index] ?? '' }, sharedLabels, value });
      });
      addTimes(times, sharedLabels, counts);
    }
    for (const { component, instance, answers, failures: failed } of instances) {
      const labels = { app, component, instance };
      byInstance.push({ labels, value: answers });
      failures.push({ labels, value: failed });
    }
  }
  return [
    {
      name: 'app_requests_total',
      help: 'Answers to requests at the URL of the app, by the class of their status. The component is empty where none was reached.',
      type: 'counter',
      values: requests,
    },
    {
      name: duration,
      help: 'Seconds from a request to the head of its answer.',
      type: 'histogram',
      values: times,
    },
    {
      name: 'app_instance_requests_total',
      help: 'Requests that an instance of the live deployment has answered, or should have.',
      type: 'counter',
      values: byInstance,
    },
    {
      name: 'app_instance_failures_total',
      help: 'Of those, answers with status 500 or higher, and requests without an answer.',
      type: 'counter',
      values: failures,
    },
  ];
}

/**
 * A histogram with the buckets that are not empty, and the ends of those before them: they are narrow, and most are always
 * empty. Percentiles are right to a twentieth.
 */
function addTimes(
  samples: Sample[],
  sharedLabels: Readonly<Record<string, string>>,
  { times, seconds }: ComponentCounts,
): void {
  const metricName = `${duration}_bucket`;
  let below = 0;
  let last = -1;
  for (const [bucket, answers] of times) {
    const start = ends[bucket - 1];
    if (start !== undefined && last !== bucket - 1)
      samples.push({ labels: { le: start }, sharedLabels, metricName, value: below });
    below += answers;
    last = bucket;
    const end = ends[bucket];
    if (end !== undefined) samples.push({ labels: { le: end }, sharedLabels, metricName, value: below });
  }
  samples.push({ labels: { le: '+Inf' }, sharedLabels, metricName, value: below });
  samples.push({ labels: {}, sharedLabels, metricName: `${duration}_sum`, value: seconds });
  samples.push({ labels: {}, sharedLabels, metricName: `${duration}_count`, value: below });
}
