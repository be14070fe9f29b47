import type { Change, Drift } from '@odoobo/app-platform';
import { formatDuration } from '../terminal/format.js';
import { printable } from '../terminal/printable.js';
import type { PlannedSkill } from './plan.js';

/** Longest shown value, in characters. */
const longest = 60;

/** `+ path: added`, `- path: removed`, `path: from -> to`. */
export function showChange({ path, before, after }: Change): string {
  if (before === undefined) return `+ ${printable(path)}: ${shown(after)}`;
  if (after === undefined) return `- ${printable(path)}: ${shown(before)}`;
  // Both values of a secret are masked to the same text.
  const change = before === after ? `${before} changed` : `${shown(before)} -> ${shown(after)}`;
  return `${printable(path)}: ${change}`;
}

function shown(value = ''): string {
  const line = printable(value.replace(/sha256:([0-9a-f]{12})[0-9a-f]{52}/g, 'sha256:$1'));
  const characters = [...line];
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : line;
}

/** Drift, one line per change; empty if drift is unknown. */
export function showDrift({ state, changes, deploymentId, cause, since }: Drift): string[] {
  const why = cause === undefined ? '' : ` (${printable(cause)})`;
  const fields = changes.map((change) => `  ${showChange(change)}`);
  switch (state) {
    case 'deployment':
      return [
        `drift: deployment ${deploymentId ?? ''}, live${from(since)}, was not deployed from this repository${why}`,
        ...fields,
      ];
    case 'spec':
      return [`drift: the spec was changed on the platform${from(since)}, and is not live`, ...fields];
    case 'deleted':
      return ['drift: the app was deleted on the platform'];
    case 'none':
    case 'unknown':
      return [];
  }
}

/** The time, to the second. */
function from(since: string | undefined): string {
  return since === undefined ? '' : ` since ${since.replace(/\.\d+Z$/, 'Z')}`;
}

/** The placements that go live before an app, and for how long. */
export function showEarlier({ wave, skills, soakMs }: NonNullable<PlannedSkill['earlier']>): string {
  const soak = soakMs > 0 ? `, live for ${formatDuration(soakMs)}` : '';
  return `after wave ${wave}: ${skills.join(', ')}${soak}`;
}
