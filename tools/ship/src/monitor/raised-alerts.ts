import type { App } from '@odoobo/app-platform';
import type { Platform } from '../platform/connect.js';
import { printable } from '../terminal/printable.js';
import type { AppAlert } from './report.js';

/** The alerts of App Specs that are raised on a local platform, by name of the app; one call. @throws what the platform throws */
export async function readRaised(
  { alerts: read }: Pick<Platform, 'alerts'>,
  apps: readonly App[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly AppAlert[]>> {
  const raised = (await read?.(signal)) ?? {};
  return new Map(
    apps.flatMap(({ id, spec }) => {
      const own = raised[id];
      return own ? [[spec.name, own.map(asShown)]] : [];
    }),
  );
}

function asShown({ id, rule, component, reason, at }: AppAlert): AppAlert {
  return {
    id,
    rule,
    ...(component !== undefined && { component: printable(component) }),
    reason: printable(reason),
    at,
  };
}
