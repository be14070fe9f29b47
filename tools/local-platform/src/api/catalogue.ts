import { type InstanceSize, instanceSizes, regions } from '@odoobo/app-platform/spec';
import type { FastifyInstance } from 'fastify';
import { notFound } from '../errors/api-error.js';
import { presentRegion } from './present.js';

/** For `usd_per_second`: the document's $5.00 a month are $0.000002066799 a second, which is a month of 28 days. */
const secondsPerMonth = 28 * 24 * 60 * 60;

/** Earlier plans. The official document has no tiers any more; godo (apps.go) still asks for them. */
const tiers = [
  { name: 'Starter', slug: 'starter', egress_bandwidth_bytes: '1073741824', build_seconds: '6000' },
  { name: 'Basic', slug: 'basic', egress_bandwidth_bytes: '42949672960', build_seconds: '24000' },
  {
    name: 'Professional',
    slug: 'professional',
    egress_bandwidth_bytes: '107374182400',
    build_seconds: '60000',
  },
];

/** What App Platform offers: /v2/apps/regions and /v2/apps/tiers */
export function catalogueRoutes(server: FastifyInstance): void {
  server.get('/v2/apps/regions', async () => ({ regions: regions.map(presentRegion) }));

  server.get('/v2/apps/tiers', async () => ({ tiers }));

  server.get<{ Params: { slug: string } }>('/v2/apps/tiers/:slug', async ({ params }) => {
    const tier = tiers.find(({ slug }) => slug === params.slug);
    if (tier === undefined) throw notFound(`Tier ${params.slug}`);
    return { tier };
  });

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
