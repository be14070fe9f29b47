import { type AppSpec, checkAppSpec, withDefaults } from '@odoobo/app-platform/spec';
import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { invalidSpec } from '../errors/api-error.js';
import type { AppStore } from '../state/app-store.js';
import { requireApp } from './apps.js';
import type { ApiContext } from './context.js';
import { isStatic, monthlyCost } from './cost.js';
import { parseInput } from './input.js';

const proposeBody = z.strictObject({ spec: z.unknown(), app_id: z.string().optional() });
const longestName = 32;

/** POST /v2/apps/propose: what an app would be and cost. Nothing is stored. */
export function proposeRoute(server: FastifyInstance, context: ApiContext): void {
  const { store, secrets, progression } = context;
  server.post('/v2/apps/propose', async (request) => {
    const { spec: given, app_id: id } = parseInput(proposeBody, request.body);
    if (id !== undefined) requireApp(context, id);
    const check = checkAppSpec(given);
    if (!check.ok) throw invalidSpec(check.issues);
    progression.check(check.spec);
    const spec = secrets.seal(withDefaults(check.spec));
    const others = store.list().filter((app) => app.id !== id);
    const staticApps = others.filter((app) => isStatic(app.spec)).length;
    const cost = monthlyCost(spec, staticApps);
    return {
      ...nameOf(spec, store, id),
      app_is_static: isStatic(spec),
      existing_static_apps: String(staticApps),
      ...(cost !== undefined && { app_cost: cost }),
      spec,
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
