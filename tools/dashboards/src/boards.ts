import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { cost } from './cost.js';
import { deliveries } from './deliveries.js';
import { fleet } from './fleet.js';
import { rollouts } from './rollouts.js';
import { skill } from './skill.js';

/** A dashboard, and the name of its file. */
export interface Board {
  name: string;
  dashboard: Dashboard;
}

/** All dashboards. Their ids stay, so that links to them stay. */
export const boards: readonly Board[] = [
  { name: 'fleet', dashboard: fleet.build() },
  // Not `skill`: every file called skill.json is the manifest of a skill.
  { name: 'one-skill', dashboard: skill.build() },
  { name: 'deliveries', dashboard: deliveries.build() },
  { name: 'rollouts', dashboard: rollouts.build() },
  { name: 'cost', dashboard: cost.build() },
];
