import type { Origin } from '@odoobo/app-platform';
import type { WrittenPlacement } from './placements-file.js';

/** One app of a skill that a file of placements describes. */
export interface Placement extends WrittenPlacement {
  /** The `id` of the skill; the name of its place is that of the app. */
  of: string;
}

/** What the mark of an app says of its placement. */
export function placedOrigin(placement: Placement | undefined): Pick<Origin, 'placement'> {
  if (!placement) return {};
  const { of, environment, name, tenant } = placement;
  return { placement: { of, environment, ...(name && { name }), ...(tenant && { tenant }) } };
}
