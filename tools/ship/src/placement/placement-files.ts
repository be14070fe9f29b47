import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { usualEnvironments } from './environment.js';

/** The placements of all skills, relative to the workspace root. */
export const sharedPlacementsFile = 'infra/do-gradient/placements.yaml';

/** The placements of one skill, relative to the workspace root. */
export function ownPlacementsFile(skill: string): string {
  return `infra/do-gradient/${skill}/placements.yaml`;
}

/** The files of placements that a workspace has, relative to it. */
export function placementsFilesOf(workspaceRoot: string): string[] {
  const folder = join(workspaceRoot, dirname(sharedPlacementsFile));
  const skills = existsSync(folder) ? readdirSync(folder).sort() : [];
  const files = [sharedPlacementsFile, ...skills.map(ownPlacementsFile)];
  return files.filter((file) => existsSync(join(workspaceRoot, file)));
}

/** The environments of all placements of a workspace, beside the usual ones. */
export async function environmentsOfWorkspace(workspaceRoot: string): Promise<string[]> {
  const files = placementsFilesOf(workspaceRoot);
  const named = await Promise.all(files.map((file) => environmentsIn(workspaceRoot, file)));
  return [...new Set(named.flat())];
}

/**
 * The environments that a file names, beside the usual ones. What is wrong with the file is reported when it is used: this is
 * for the project graph, so it is without zod, and a workspace without such a file does not even load the YAML reader.
 */
export async function environmentsIn(workspaceRoot: string, file: string): Promise<string[]> {
  const path = join(workspaceRoot, file);
  if (!existsSync(path)) return [];
  const { parse } = await import('yaml');
  try {
    const { placements } = parse(readFileSync(path, 'utf8')) as { placements: { environment?: unknown }[] };
    const named = placements.map(({ environment }) => environment);
    return [...new Set(named.filter((one) => typeof one === 'string'))].filter(
      (one) => !usualEnvironments.includes(one),
    );
  } catch {
    return [];
  }
}
