import { useCallback } from 'preact/hooks';
import type { Platform } from './platform.js';
import { usePolled } from './polling.js';
import { ResponseTimesChart } from './response-times-chart.js';
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
      <ResponseTimesChart times={value.times} />
      <UsageCharts usage={value.usage} />
    </>
  );
}
