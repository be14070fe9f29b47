import { useCallback, useMemo } from 'preact/hooks';
import type { ResponseTimesAnswer } from '../src/page/answers.js';
import { Chart, type Line } from './chart.js';
import { milliseconds } from './format.js';
import type { Platform } from './platform.js';
import { usePolled } from './polling.js';
import { RequestsChart } from './traffic-charts.js';
import { UsageCharts } from './usage-charts.js';

/** Response times, processor, memory and restarts of an app over time. */
export function MetricsView({ platform, appId }: { platform: Platform; appId: string }) {
  const read = useCallback(
    async (signal: AbortSignal) => {
      const [times, usage] = await Promise.all([
        platform.responseTimes(appId, signal),
        platform.usage(appId, signal),
      ]);
      return { times, usage };
    },
    [platform, appId],
  );
  const { value } = usePolled(read);
  if (!value) return <p class="quiet">Loading the metrics…</p>;
  return (
    <>
      <RequestsChart traffic={value.times} />
      <ResponseTimesChart times={value.times} />
      <UsageCharts usage={value.usage} />
    </>
  );
}

const tickMs = (ms: number) => `${ms} ms`;
const lines: Line[] = [
  { label: 'p50', scale: 'ms', colour: '--accent', show: milliseconds },
  { label: 'p95', scale: 'ms', colour: '--second', show: milliseconds },
  { label: 'failures', scale: 'count', colour: '--bad', bars: true, show: String },
];

/** The response times of the last 15 minutes: half and 95 % of the requests, and those that failed. */
function ResponseTimesChart({ times }: { times: ResponseTimesAnswer }) {
  const { at, p50, p95, failures } = times;
  const data = useMemo(() => [at, p50, p95, failures.map((failed) => failed || null)], [times]);
  return (
    <Chart
      title="Response times"
      summary={summaryOf(times)}
      data={data as Parameters<typeof Chart>[0]['data']}
      lines={lines}
      scale="ms"
      least={1}
      tick={tickMs}
    />
  );
}

function summaryOf({ p50, p95, requests, failures }: ResponseTimesAnswer): string {
  const sum = (counts: number[]) => counts.reduce((total, one) => total + one, 0);
  const last = p50.findLastIndex((ms) => ms !== null);
  const counted = `${sum(requests)} requests, ${sum(failures)} failures in 15 minutes`;
  if (last < 0) return counted;
  return `p50 ${milliseconds(p50[last] ?? 0)}, p95 ${milliseconds(p95[last] ?? 0)}; ${counted}`;
}
