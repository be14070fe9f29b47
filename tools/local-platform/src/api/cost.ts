import { type AppSpec, instanceSizes, legacyUsdPerMonth } from '@odoobo/app-platform/spec';

/** https://docs.digitalocean.com/products/app-platform/details/pricing/ */
const freeStaticApps = 3;
const usdPerStaticApp = 3;

/** An app of static sites only. */
export function isStatic(spec: AppSpec): boolean {
  const runs = [spec.services, spec.workers, spec.jobs, spec.functions];
  return (spec.static_sites ?? []).length > 0 && runs.every((components = []) => components.length === 0);
}

/**
 * US dollars a month: each instance of a service or worker costs the price of its size. Jobs are billed by the second, so they
 * add nothing; an app with autoscaling counts with its fewest instances. Undefined when a size has no known price.
 * @param staticApps how many static apps there are besides
 */
export function monthlyCost(spec: AppSpec, staticApps: number): number | undefined {
  if (isStatic(spec)) return staticApps < freeStaticApps ? 0 : usdPerStaticApp;
  const costs = [...(spec.services ?? []), ...(spec.workers ?? [])].map((component) => {
    const count = component.instance_count ?? component.autoscaling?.min_instance_count ?? 1;
    return (priceOf(component.instance_size_slug) ?? NaN) * count;
  });
  const total = costs.reduce((sum, cost) => sum + cost, 0);
  return Number.isNaN(total) ? undefined : total;
}

function priceOf(slug = ''): number | undefined {
  return instanceSizes.find((size) => size.slug === slug)?.usdPerMonth ?? legacyUsdPerMonth[slug];
}
