import type { Plugin } from 'esbuild';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';

/** The part of a package.json that says what a package can do without: https://docs.npmjs.com/cli/configuring-npm/package-json */
const packageSchema = z.object({
  peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.boolean().optional() })).optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});

const bareImport = /^(?:@[\w.~-]+\/)?[\w~][\w.~-]*(?:\/|$)/;
const inPackages = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;

/**
 * Leaves out what a package imports, declares as optional, and is not installed, as Node does: the import fails when it
 * runs, and the package handles that. Otherwise the bundle would fail for a service that does not use it.
 */
export function optionalPackages(): Plugin {
  const known = new Map<string, ReadonlySet<string>>();
  return {
    name: 'optional-packages',
    setup: ({ onResolve }) =>
      onResolve({ filter: bareImport }, ({ path, importer }) => {
        const folder = inPackages.exec(importer)?.[0];
        if (folder === undefined) return undefined;
        const optional = known.get(folder) ?? optionalIn(folder);
        known.set(folder, optional);
        const name = bareImport.exec(path)?.[0].replace(/\/$/, '') ?? path;
        if (!optional.has(name) || isInstalled(name, dirname(importer))) return undefined;
        return { path, external: true };
      }),
  };
}

/** The optional packages of a package that are installed, and their folders. */
export function installedOptional(folder: string): { name: string; folder: string }[] {
  return [...optionalIn(folder)].flatMap((name) => {
    const found = installedFolder(name, folder);
    return found === undefined ? [] : [{ name, folder: realpathSync(found) }];
  });
}

function optionalIn(folder: string): ReadonlySet<string> {
  try {
    const declared = packageSchema.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
    const peers = Object.entries(declared.peerDependenciesMeta ?? {}).filter(([, { optional }]) => optional);
    return new Set([...peers.map(([name]) => name), ...Object.keys(declared.optionalDependencies ?? {})]);
  } catch {
    // Without a readable package.json it declares nothing, and a missing import is an error.
    return new Set();
  }
}

/** Whether a package is installed where modules of a folder find it. */
export function isInstalled(name: string, folder: string): boolean {
  return installedFolder(name, folder) !== undefined;
}

function installedFolder(name: string, folder: string): string | undefined {
  for (let above = folder; ; above = dirname(above)) {
    const found = join(above, 'node_modules', name);
    if (existsSync(found)) return found;
    if (above === dirname(above)) return undefined;
  }
}
