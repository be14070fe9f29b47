import type { Plugin } from 'esbuild';
import { existsSync, readFileSync } from 'node:fs';
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

/** The optional packages of a package that are installed. */
export function installedOptional(folder: string): string[] {
  return [...optionalIn(folder)].filter((name) => isInstalled(name, folder));
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
  for (let above = folder; ; above = dirname(above)) {
    if (existsSync(join(above, 'node_modules', name))) return true;
    if (above === dirname(above)) return false;
  }
}
