import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Default place of a skill's App Spec, relative to the workspace root. */
export function defaultAppSpec(skill: string): string {
  return `infra/do-gradient/${skill}/app-spec.yaml`;
}

/** The part of a manifest that the project graph needs. */
export interface SkillIdentity {
  description?: string;
  dependencies: string[];
  appSpec?: string;
  runtime?: string;
}

/**
 * Reads only the part of a manifest that the project graph needs, without zod: every Nx command loads this. A broken
 * manifest still makes a project, so that all other projects keep working and `validate` can report what is wrong with
 * this one.
 */
export function readIdentity(workspaceRoot: string, manifestPath: string): SkillIdentity {
  const manifest = parse(join(workspaceRoot, manifestPath));
  return {
    ...text('description', manifest['description']),
    ...text('appSpec', manifest['appSpec']),
    ...text('runtime', manifest['runtime']),
    dependencies: strings(manifest['dependencies']),
  };
}

function parse(path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function text<K extends string>(key: K, value: unknown): { [key in K]?: string } {
  return typeof value === 'string' ? ({ [key]: value } as { [key in K]: string }) : {};
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
