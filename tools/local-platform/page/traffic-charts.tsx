import { useCallback, useMemo } from 'preact/hooks';
import type { FleetTrafficAnswer } from '../src/page/answers.js';
import { Chart, type Line } from './chart.js';
import { milliseconds } from './format.js';
import type { Platform } from './platform.js';
import { usePolled } from './polling.js';

const requestLines: Line[] = [
  { label: 'requests', scale: 'requests', colour: '--accent', show: String },
  { label: 'failures', scale: 'count', colour: '--bad', bars: true, show: String },
];
const slowestLines: Line[] = [
  { label: 'p95 of the slowest app', scale: 'ms', colour: '--second', show: milliseconds },
];

/** The requests of all apps together over the last 15 minutes, and the response times of the slowest. */
export function FleetTraffic({ platform }: { platform: Platform }) {
  const read = useCallback((signal: AbortSignal) => platform.traffic(signal), [platform]);
  const { value } = usePolled(read);
  if (!value) return null;
  return (
    <>
      <RequestsChart traffic={value} />
      <SlowestChart traffic={value} />
    </>
  );
}

type Requests = Pick<FleetTrafficAnswer, 'at' | 'requests' | 'failures'>;

/** Requests and failures, one point every ten seconds. */
export function RequestsChart({ traffic }: { traffic: Requests }) {
  const { at, requests, failures } = traffic;
  const data = useMemo(() => [at, requests, failures.map((failed) => failed || null)], [traffic]);
  const sum = (counts: number[]) => counts.reduce((total, one) => total + one, 0);
  return (
    <Chart
      title="Requests"
      summary={`${sum(requests)} requests, ${sum(failures)} failures in 15 minutes; one point every 10 seconds`}
      data={data as Parameters<typeof Chart>[0]['data']}
      lines={requestLines}
      scale="requests"
      least={5}
      tick={String}
    />
  );
}

function SlowestChart({ traffic }: { traffic: FleetTrafficAnswer }) {
  const { at, slowest } = traffic;
  const data = useMemo(() => [at, slowest], [traffic]);
  const last = slowest.findLast((ms) => ms !== null);
  return (
    <Chart
      title="Response times"
      summary={last == null ? 'No requests in 15 minutes' : `p95 of the slowest app: ${milliseconds(last)}`}
      data={data as Parameters<typeof Chart>[0]['data']}
      lines={slowestLines}
      scale="ms"
      least={1}
      tick={(ms) => `${ms} ms`}
    />
  );
}
