import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a project is without this plugin: its `project.json`, and its `package.json`. */
export interface OwnProject {
  /** As Nx names it; undefined if nothing names it. */
  name?: string;
  /** The names of its own targets: those that it declares, and its scripts. */
  targets: ReadonlySet<string>;
  /** The name of its package, if it has one. */
  packageName?: string;
  /** The names of the packages that its `package.json` declares. */
  declares: readonly string[];
}

interface ProjectJson {
  name?: unknown;
  targets?: object;
}

interface PackageJson {
  name?: unknown;
  scripts?: object;
  nx?: { name?: unknown; targets?: object };
  dependencies?: object;
  devDependencies?: object;
}

/**
 * Reads what Nx takes from the files of a project after this plugin: they take precedence.
 * https://nx.dev/docs/concepts/inferred-tasks
 * @param folder absolute
 */
export function readOwnProject(folder: string): OwnProject {
  const project = read<ProjectJson>(join(folder, 'project.json'));
  const {
    name: packageName,
    scripts,
    nx,
    dependencies,
    devDependencies,
  } = read<PackageJson>(join(folder, 'package.json'));
  const name = [project.name, nx?.name, packageName].find(isName);
  const targets = [project.targets, scripts, nx?.targets].flatMap((one) => Object.keys(one ?? {}));
  return {
    ...(name !== undefined && { name }),
    targets: new Set(targets),
    ...(isName(packageName) && { packageName }),
    declares: [dependencies, devDependencies].flatMap((one) => Object.keys(one ?? {})),
  };
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '';
}

/** Whoever the file is for reports that it cannot be read. */
function read<T extends object>(path: string): Partial<T> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
