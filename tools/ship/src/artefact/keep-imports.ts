import type { OnResolveArgs, Plugin } from 'esbuild';
import { isEsModule, packageFolderOf, packageNameOf } from './package-folder.js';
import type { KeptImport } from './trace-packages.js';

/** An import that was looked at already. */
export const lookedAt = Symbol('looked at');

/** The namespace of what stands in the bundle for a package in CommonJS. */
export const keptPackage = 'kept-package';

/**
 * Keeps the imports of some packages in the bundle instead of what they import.
 *
 * @param folders of the packages
 * @param keep is called with each import and the file that it is resolved to, and returns the path to import
 */
export function keepImports(
  folders: ReadonlySet<string>,
  keep: (kept: KeptImport, file: string) => string,
): Plugin {
  const names = [...folders].map((folder) => packageNameOf(folder).replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return {
    name: 'keep-imports',
    setup: ({ onResolve, onLoad, resolve }) => {
      onResolve({ filter: /^/, namespace: keptPackage }, ({ path }) => ({ path, external: true }));
      onResolve({ filter: new RegExp(`^(?:${names.join('|')})(?:/|$)`) }, async (args) => {
        if (args.pluginData === lookedAt) return undefined;
        const { path, importer, resolveDir, kind } = args;
        const found = await resolve(path, { importer, resolveDir, kind, pluginData: lookedAt });
        const folder = packageFolderOf(found.path);
        if (found.errors.length > 0 || folder === undefined || !folders.has(folder)) return undefined;
        const isImport = isImported(args, found.path);
        const kept = keep({ path, from: resolveDir, kind: isImport ? 'import' : 'require' }, found.path);
        if (isImport || kind.startsWith('require')) return { path: kept, external: true };
        return { path: kept, namespace: keptPackage };
      });
      // Node finds the names of some CommonJS modules only when they run; the bundler handles all if it is a require.
      onLoad({ filter: /^/, namespace: keptPackage }, ({ path }) => ({
        contents: `module.exports = require(${JSON.stringify(path)});`,
        loader: 'js',
      }));
    },
  };
}

function isImported({ kind }: OnResolveArgs, file: string): boolean {
  return (kind === 'import-statement' || kind === 'dynamic-import') && isEsModule(file);
}
