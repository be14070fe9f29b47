import type { Metric, Registry, RegistryContentType } from 'prom-client';
import type { Family } from './family.js';

/** The metrics of this process, once for each of the two formats: prom-client changes their names for one of them. */
const own = new Map<RegistryContentType, Registry<RegistryContentType>>();

/** The formats that Prometheus asks for. */
export const formats = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openMetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const satisfies Record<string, RegistryContentType>;

/** Families, and the metrics of this process, as text of a format. */
export async function metricsText(families: readonly Family[], type: RegistryContentType): Promise<string> {
  // Loaded at the first scrape: most platforms are never scraped.
  const { collectDefaultMetrics, Registry } = await import('prom-client');
  const begin = (): Registry<RegistryContentType> => {
    const registry = new Registry<RegistryContentType>();
    registry.setContentType(type);
    return registry;
  };
  let ours = own.get(type);
  if (!ours) {
    ours = begin();
    own.set(type, ours);
    collectDefaultMetrics({ register: ours as Registry });
  }
  const registry = begin();
  for (const family of families) if (family.values.length > 0) registry.registerMetric(asMetric(family));
  for (const metric of ours.getMetricsAsArray()) registry.registerMetric(metric as never);
  return registry.metrics();
}

/** What prom-client writes: of a metric it only asks for the values. */
function asMetric(family: Family): Metric {
  const metric = { ...family, get: async () => metric };
  return metric as unknown as Metric;
}
