import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The file that holds nothing but a manifest. */
export const manifestFile = 'skill.json';

/** The files that can hold a manifest under the key `skill`, beside what they are for. */
export const sharedFiles = ['package.json', 'project.json'] as const;

/** The key of a manifest in a shared file. */
export const manifestKey = 'skill';

/** A manifest as it is written. */
export interface WrittenManifest {
  /** `skill.json`, `package.json` or `project.json`. */
  file: string;
  /** The path of the manifest in the file, as issues name it: empty, or `skill`. */
  path: '' | typeof manifestKey;
  /** Undefined if the file cannot be parsed. */
  value: unknown;
  /** Why the file cannot be parsed. */
  error?: SyntaxError;
}

/**
 * All manifests in a folder: a project has one, in one of three files. Without zod, and synchronously: every Nx command
 * calls it.
 * @param folder absolute
 */
export function findManifests(folder: string): WrittenManifest[] {
  return [manifestFile, ...sharedFiles].flatMap((file) => readManifest(folder, file) ?? []);
}

/** The manifest in a file of a folder; undefined if the file has none. */
export function readManifest(folder: string, file: string): WrittenManifest | undefined {
  const text = readText(join(folder, file));
  return text === undefined ? undefined : manifestIn(text, file);
}

/** The manifest in the text of a file with this name; undefined if it has none. */
export function manifestIn(text: string, file: string): WrittenManifest | undefined {
  if (file === manifestFile) return { file, path: '', ...parsed(text) };
  // Most files of a large workspace have none: they are not parsed.
  if (!text.includes(`"${manifestKey}"`)) return undefined;
  const { value } = parsed(text);
  // Whoever the file is for reports that it cannot be parsed.
  const manifest = isObject(value) ? value[manifestKey] : undefined;
  return isObject(manifest) ? { file, path: manifestKey, value: manifest } : undefined;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function parsed(text: string): Pick<WrittenManifest, 'value' | 'error'> {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { value: undefined, error: error as SyntaxError };
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
