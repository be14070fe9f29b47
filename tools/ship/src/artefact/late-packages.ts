import type { Metafile, Plugin } from 'esbuild';
import { join, posix } from 'node:path';
import { keptPackage } from './keep-imports.js';
import { bundlePath } from './own-place.js';

/** A package that has a file of its own in the artefact. */
export interface LatePackage {
  /** What `import()` names, such as `mysql2/promise`. */
  specifier: string;
  /** Absolute path of the file in which it does. */
  importer: string;
  /** Absolute path of the package's file. */
  file: string;
  format: 'cjs' | 'esm';
  /** Path of its bundle in the artefact, beside that of the entry. */
  path: string;
}

/** Paths as esbuild writes them: from the skill. */
interface LateImport {
  specifier: string;
  importer: string;
  target: string;
  format: 'cjs' | 'esm';
}

/**
 * The packages that are imported only by `import()`, and that share no module with the rest of the bundle or with each other. In one
 * file with the rest each start would parse them, used or not: 1 MB takes 15 ms. What is shared stays in the bundle, so that
 * there is one of each module, and modules run in the order that Node runs them in.
 *
 * @param skillRoot absolute path of the skill, from which the paths of `metafile` are
 * @param entry the entry of the skill, relative to it
 */
export function latePackages({ inputs }: Metafile, skillRoot: string, entry: string): LatePackage[] {
  let late = lateImports(inputs);
  for (;;) {
    const rest = closure(inputs, [entry], late);
    const apart = late.filter(({ target }) => {
      const others = late.filter((other) => other.target !== target).map((other) => other.target);
      const taken = new Set([...rest, ...closure(inputs, others, [])]);
      return [...closure(inputs, [target], [])].every((file) => !taken.has(file));
    });
    // What is not apart belongs to the rest, with all its modules, which others may share.
    if (apart.length === late.length) break;
    late = apart;
  }
  const folder = posix.dirname(bundlePath(entry));
  return late.map(({ specifier, importer, target, format }) => ({
    specifier,
    importer: join(skillRoot, importer),
    file: join(skillRoot, target),
    format,
    path: posix.join(
      folder,
      `main.${specifier.replace(/[^\w.-]/g, '-')}.${format === 'cjs' ? 'cjs' : 'mjs'}`,
    ),
  }));
}

/** The packages that `import()` names, in files of the skill itself and of other packages. */
function lateImports(inputs: Metafile['inputs']): LateImport[] {
  return Object.entries(inputs).flatMap(([importer, { imports }]) =>
    imports.flatMap(({ path: target, kind, original: specifier = '' }) => {
      // WebAssembly goes into a bundle as bytes, and those into a module.
      const format = target.endsWith('.wasm') ? 'esm' : inputs[target]?.format;
      // What is shipped unbundled is a file of its own already.
      const isKept = target.startsWith(`${keptPackage}:`);
      const isLate = kind === 'dynamic-import' && /^[\w@]/.test(specifier) && !isKept;
      return isLate && format ? [{ specifier, importer, target, format }] : [];
    }),
  );
}

/** The files that these import, and theirs, without what the imports in `late` import. */
function closure(
  inputs: Metafile['inputs'],
  roots: readonly string[],
  late: readonly LateImport[],
): Set<string> {
  const isLate = new Set(late.map(({ importer, target }) => `${importer}\n${target}`));
  const found = new Set<string>();
  const open = [...roots];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    const importer = file;
    for (const { path, external, kind } of inputs[file]?.imports ?? [])
      if (!external && !(kind === 'dynamic-import' && isLate.has(`${importer}\n${path}`))) open.push(path);
  }
  return found;
}

/** Makes the bundle load these packages from their own files. */
export function fromOwnFiles(late: readonly LatePackage[]): Plugin {
  return {
    name: 'late-packages',
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /^[\w@]/ }, ({ path: specifier, importer, kind }) => {
        const known = late.find((one) => one.specifier === specifier && one.importer === importer);
        if (!known || kind !== 'dynamic-import') return undefined;
        const path = `./${posix.basename(known.path)}`;
        // What import() returns for CommonJS is made by esbuild, as for the packages in the bundle.
        return known.format === 'esm' ? { path, external: true } : { path, namespace: 'late-package' };
      });
      onLoad({ filter: /^/, namespace: 'late-package' }, ({ path }) => ({
        contents: `module.exports=require(${JSON.stringify(path)});`,
      }));
      onResolve({ filter: /^/, namespace: 'late-package' }, ({ path }) => ({ path, external: true }));
    },
  };
}
