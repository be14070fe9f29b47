import type { Tree } from '@nx/devkit';
import { durationMs } from '@odoobo/machine/time';
import { usualEnvironments } from '@odoobo/ship/placement/environment';
import { ownPlacementsFile, sharedPlacementsFile } from '@odoobo/ship/placement/placement-files';
import { isSamePlacement, placementsIn, type WrittenPlacement } from '@odoobo/ship/placement/placements-file';
import type { Wanted } from './app-specs.js';

/** The environments that all skills have, beside the usual ones, in the order of the file: production comes after them. */
export function stagesBefore(tree: Tree): string[] {
  const named = placementsOf(tree, sharedPlacementsFile).map(({ environment }) => environment);
  return [...new Set(named)].filter((one) => !usualEnvironments.includes(one));
}

/**
 * What App Specs need in an environment: the secrets of each placement have its prefix. An App Spec without a placement there needs
 * what it says in production, and nothing elsewhere.
 */
export function wantedIn(tree: Tree, wanted: readonly Wanted[], environment: string): Wanted[] {
  const shared = placementsOf(tree, sharedPlacementsFile);
  return wanted.map((one) => {
    const here = placementsOfSkill(tree, shared, one.name).filter(
      (placement) => placement.environment === environment,
    );
    const isUsual = here.length === 0 && usualEnvironments.includes(environment);
    const prefixes = isUsual ? [''] : [...new Set(here.map(({ secretsPrefix = '' }) => secretsPrefix))];
    const variables = one.variables.flatMap(({ key, secret }) =>
      (secret ? prefixes : prefixes.slice(0, 1)).map((prefix) => ({
        key: secret ? `${prefix}${key}` : key,
        secret,
      })),
    );
    return { ...one, variables };
  });
}

/** The longest that the soak times of one skill take together, in minutes. */
export function soakMinutes(tree: Tree, wanted: readonly Wanted[]): number {
  const shared = placementsOf(tree, sharedPlacementsFile);
  const all = wanted.map(({ name }) => {
    const longest = new Map<string, number>();
    for (const { environment, wave = 1, soak = '' } of placementsOfSkill(tree, shared, name)) {
      const key = `${environment} ${wave}`;
      longest.set(key, Math.max(longest.get(key) ?? 0, durationMs(soak) ?? 0));
    }
    return [...longest.values()].reduce((sum, one) => sum + one, 0);
  });
  return Math.ceil(Math.max(0, ...all) / 60_000);
}

function placementsOfSkill(
  tree: Tree,
  shared: readonly WrittenPlacement[],
  skill: string,
): WrittenPlacement[] {
  const own = placementsOf(tree, ownPlacementsFile(skill));
  return [...shared.filter((one) => !own.some((other) => isSamePlacement(one, other))), ...own];
}

/** `validate` reports a file that is wrong. */
function placementsOf(tree: Tree, file: string): WrittenPlacement[] {
  try {
    return placementsIn(tree.read(file, 'utf8') ?? 'placements: []', file);
  } catch {
    return [];
  }
}
