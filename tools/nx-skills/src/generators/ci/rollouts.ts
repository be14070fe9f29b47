import type { Tree } from '@nx/devkit';
import { manifestValues } from './manifest-values.js';

/** What the rollouts of a workspace need of its pipelines. */
export interface WantedRollouts {
  /** The most steps of one rollout that wait for an approval. */
  approvals: number;
}

/**
 * The rollouts that manifests and the options of the plugin name; undefined if there are none. `validate` reports those that are
 * wrong.
 * @param forAll the option of the plugin
 */
export function wantedRollouts(tree: Tree, forAll: unknown): WantedRollouts | undefined {
  const rollouts = [...manifestValues(tree, 'rollout'), forAll].filter((one) => isObject(one));
  if (rollouts.length === 0) return undefined;
  return { approvals: Math.max(...rollouts.map(approvalsOf)) };
}

function approvalsOf({ steps }: Readonly<Record<string, unknown>>): number {
  return Array.isArray(steps) ? steps.filter((step) => isObject(step) && step['approve'] === true).length : 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
