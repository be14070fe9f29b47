import { basename, join } from 'node:path';
import { findManifests, type WrittenManifest } from './find-manifests.js';

/** Default place of a skill's App Spec, relative to the workspace root. */
export function defaultAppSpec(skill: string): string {
  return `infra/do-gradient/${skill}/app-spec.yaml`;
}

/** The part of a manifest that the project graph needs. */
export interface SkillIdentity {
  /** The name of the skill: its app, and the branch skill/<id>. The name of its folder if the manifest has none. */
  id: string;
  /** Relative to the workspace root. */
  appSpec: string;
  description?: string;
  version?: string;
  dependencies: string[];
  runtime?: string;
  contract?: string;
  /** The target of the project itself that makes what is shipped. */
  buildTarget?: string;
}

/**
 * Reads only the part of a manifest that the project graph needs, without zod: every Nx command loads this. A broken
 * manifest still makes a project, so that all other projects keep working and `validate` can report what is wrong with
 * this one.
 * @param skillRoot relative to the workspace root
 */
export function readIdentity(workspaceRoot: string, skillRoot: string): SkillIdentity {
  const folder = join(workspaceRoot, skillRoot);
  return identityIn(findManifests(folder)[0], folder);
}

/** @param folder absolute path of the skill */
export function identityIn(manifest: WrittenManifest | undefined, folder: string): SkillIdentity {
  const value: Record<string, unknown> = { ...(manifest?.value as object | undefined) };
  const { id = '' } = text('id', value['id']);
  return identityOf(skillName.test(id) ? id : basename(folder), value);
}

/** App Platform's rule for names of apps; what follows it is safe in the name of a file, a branch and a ref. */
export const skillName = /^[a-z][a-z0-9-]{0,30}[a-z0-9]$/;

function identityOf(id: string, value: Record<string, unknown>): SkillIdentity {
  return {
    id,
    appSpec: defaultAppSpec(id),
    ...text('appSpec', value['appSpec']),
    ...text('description', value['description']),
    ...text('version', value['version']),
    ...text('runtime', value['runtime']),
    ...text('contract', value['contract']),
    ...text('buildTarget', value['buildTarget']),
    dependencies: strings(value['dependencies']),
  };
}

function text<K extends string>(key: K, value: unknown): { [key in K]?: string } {
  return typeof value === 'string' && value !== '' ? ({ [key]: value } as { [key in K]: string }) : {};
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
