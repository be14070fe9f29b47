import { type InstanceSize, instanceSizes, regions } from '@odoobo/app-platform/spec';
import type { FastifyInstance } from 'fastify';
import { notFound } from '../errors/api-error.js';
import { presentRegion } from './present.js';

/** For `usd_per_second`: the document's $5.00 a month are $0.000002066799 a second, which is a month of 28 days. */
const secondsPerMonth = 28 * 24 * 60 * 60;

/** What App Platform offers: /v2/apps/regions and /v2/apps/tiers/instance_sizes */
export function catalogueRoutes(server: FastifyInstance): void {
  server.get('/v2/apps/regions', async () => ({ regions: regions.map(presentRegion) }));

  server.get('/v2/apps/tiers/instance_sizes', async () => ({
    discount_percent: 0,
    instance_sizes: instanceSizes.map(presentSize),
  }));

  server.get<{ Params: { slug: string } }>('/v2/apps/tiers/instance_sizes/:slug', async ({ params }) => {
    const size = instanceSizes.find(({ slug }) => slug === params.slug);
    if (size === undefined) throw notFound(`Instance size ${params.slug}`);
    return { instance_size: presentSize(size) };
  });
}

function presentSize(size: InstanceSize): Record<string, unknown> {
  return {
    name: size.name,
    slug: size.slug,
    cpu_type: size.cpuType,
    cpus: String(size.cpus),
    memory_bytes: String(size.memoryBytes),
    usd_per_month: size.usdPerMonth.toFixed(2),
    usd_per_second: (size.usdPerMonth / secondsPerMonth).toFixed(12),
    tier_slug: size.tier,
    single_instance_only: size.singleInstanceOnly,
    scalable: size.scalable,
    bandwidth_allowance_gib: String(size.bandwidthGib),
  };
}
