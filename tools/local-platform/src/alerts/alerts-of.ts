import type { AppSpec } from '@odoobo/app-platform/spec';
import { createHash } from 'node:crypto';
import { componentsOf } from '../deployments/components.js';
import type { AppRecord } from '../state/app-record.js';

export type AlertSpec = NonNullable<AppSpec['alerts']>[number];

/** An alert that the spec of an app asks for. */
export interface Alert {
  id: string;
  /** Undefined for an alert of the app itself. */
  component?: string;
  spec: AlertSpec;
}

/** The alerts of the app, then those of each component. */
export function alertsOf({ id, spec }: AppRecord): Alert[] {
  return [
    ...withIds(id, undefined, spec.alerts ?? []),
    ...componentsOf(spec).flatMap((one) => withIds(id, one.spec.name, one.spec.alerts ?? [])),
  ];
}

/**
 * The id of an alert follows from its app, component and rule (and, of several with one rule, its place among them): it
 * stays when a threshold changes or another alert comes or goes.
 */
function withIds(app: string, component: string | undefined, alerts: readonly AlertSpec[]): Alert[] {
  return alerts.map((spec, index) => {
    const nth = alerts.slice(0, index).filter(({ rule }) => rule === spec.rule).length;
    const id = uuidOf([app, component ?? '', spec.rule, String(nth)]);
    return { id, ...(component !== undefined && { component }), spec };
  });
}

/** A UUID of version 8 (RFC 9562: its bits are the maker's own) from a hash of the parts. */
function uuidOf(parts: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
}
