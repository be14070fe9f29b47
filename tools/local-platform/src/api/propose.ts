import {
  type AppSpec,
  checkAppSpec,
  instanceSizes,
  legacyUsdPerMonth,
  withDefaults,
} from '@odoobo/app-platform/spec';
import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { invalidSpec } from '../errors/api-error.js';
import type { AppStore } from '../state/app-store.js';
import { requireApp } from './apps.js';
import type { ApiContext } from './context.js';
import { parseSpecBody } from './input.js';

const proposeBody = z.strictObject({ spec: z.unknown(), app_id: z.string().optional() });
const longestName = 32;

/** POST /v2/apps/propose: what an app would be and cost. Nothing is stored. */
export function proposeRoute(server: FastifyInstance, context: ApiContext): void {
  const { store, secrets, progression } = context;
  server.post('/v2/apps/propose', async (request) => {
    const { spec: given, app_id: id } = parseSpecBody(proposeBody, request.body);
    if (id !== undefined) requireApp(context, id);
    const check = checkAppSpec(given);
    if (!check.ok) throw invalidSpec(check.issues);
    await progression.check(check.spec);
    const spec = secrets.seal(withDefaults(check.spec));
    const others = store.list().filter((app) => app.id !== id);
    const staticApps = others.filter((app) => isStatic(app.spec)).length;
    const cost = monthlyCost(spec, staticApps);
    return {
      ...nameOf(spec, store, id),
      app_is_static: isStatic(spec),
      existing_static_apps: String(staticApps),
      // Only godo has it; the official CLI shows it.
      max_free_static_apps: String(freeStaticApps),
      ...(cost !== undefined && { app_cost: cost }),
      spec: secrets.show(spec),
    };
  });
}

/** Whether the name is free, or the app's own; if it is neither, a free one. */
function nameOf(spec: AppSpec, store: AppStore, id: string | undefined): Record<string, unknown> {
  const holder = store.byName(spec.name);
  if (holder === undefined || holder.id === id) return { app_name_available: true };
  return { app_name_available: false, app_name_suggestion: freeName(spec.name, store) };
}

/** Such as `shop-2`, as App Platform suggests. */
function freeName(name: string, store: AppStore): string {
  const taken = new Set(store.list().map(({ spec }) => spec.name));
  for (let number = 2; ; number++) {
    const ending = `-${number}`;
    const candidate = `${name.slice(0, longestName - ending.length).replace(/-+$/, '')}${ending}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** https://docs.digitalocean.com/products/app-platform/details/pricing/ */
const freeStaticApps = 3;
const usdPerStaticApp = 3;

/** An app of static sites only. */
function isStatic(spec: AppSpec): boolean {
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
