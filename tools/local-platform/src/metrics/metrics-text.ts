import type { Registry, RegistryContentType } from 'prom-client';
import { type Family, lineOf } from './family.js';

/** The metrics of this process, once for each of the two formats: prom-client changes their names for one of them. */
const ownRegistries = new Map<RegistryContentType, Registry<RegistryContentType>>();

/** The formats that Prometheus asks for. */
export const formats = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openMetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const satisfies Record<string, RegistryContentType>;

/** Families, and the metrics of this process, as text of a format, in UTF-8. */
export async function metricsText(families: readonly Family[], type: RegistryContentType): Promise<Buffer> {
  const written = families.filter(({ values, lines = [] }) => values.length + lines.length > 0);
  const own = await (await ownMetrics(type)).metrics();
  // Last: in OpenMetrics, it ends with the mark of the end.
  return Buffer.concat([...written.flatMap((family) => bytesOf(family, type)), Buffer.from(own)]);
}

/** OpenMetrics names a family without the ending of its counters. */
function bytesOf({ name, help, type, values, lines = [] }: Family, format: RegistryContentType): Buffer[] {
  const title = format === formats.openMetrics && type === 'counter' ? name.replace(/_total$/, '') : name;
  const head = `# HELP ${title} ${help}\n# TYPE ${title} ${type}\n`;
  const samples = values.map(({ labels, value }) => lineOf(name, labels, value));
  return [Buffer.from(head + samples.join('')), ...lines];
}

async function ownMetrics(type: RegistryContentType): Promise<Registry<RegistryContentType>> {
  const known = ownRegistries.get(type);
  if (known) return known;
  // Loaded at the first scrape: most platforms are never scraped.
  const { collectDefaultMetrics, Registry } = await import('prom-client');
  const registry: Registry<RegistryContentType> = new Registry();
  registry.setContentType(type);
  ownRegistries.set(type, registry);
  collectDefaultMetrics({ register: registry as Registry });
  return registry;
}
