import type { Metafile, OnResolveArgs, Plugin, PluginBuild } from 'esbuild';
import { join, posix } from 'node:path';
import { keptPackage } from './keep-imports.js';
import { bundlePath } from './own-place.js';

/** The modules of a bundle, as its metafile has them. */
export type Inputs = Metafile['inputs'];

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
interface LateImport extends Omit<LatePackage, 'file'> {
  target: string;
}

/**
 * The packages that are imported only by `import()`, and that share no module with the rest of the bundle or with each other. In one
 * file with the rest each start would parse them, used or not: 1 MB takes 15 ms. What is shared stays in the bundle, so that
 * there is one of each module, and modules run in the order that Node runs them in.
 *
 * @param inputs of the whole bundle, with paths from `skillRoot`
 * @param entry the entry of the skill, relative to it
 */
export function latePackages(inputs: Inputs, skillRoot: string, entry: string): LatePackage[] {
  let late = lateImports(inputs, entry);
  for (;;) {
    const rest = closure(inputs, [entry], late);
    const apart = late.filter(({ target, path }) => {
      // There is one of it, and only it is there.
      if (late.some((other) => (other.target === target) !== (other.path === path))) return false;
      const others = late.filter((other) => other.target !== target).map((other) => other.target);
      const taken = new Set([...rest, ...closure(inputs, others, [])]);
      return [...closure(inputs, [target], [])].every((file) => !taken.has(file));
    });
    // What is not apart belongs to the rest, with all its modules, which others may share.
    if (apart.length === late.length) break;
    late = apart;
  }
  return late.map(({ importer, target, ...rest }) => ({
    ...rest,
    importer: join(skillRoot, importer),
    file: join(skillRoot, target),
  }));
}

/** Tells the import() of such a package from others. */
export function importOf({ specifier, importer }: Pick<LatePackage, 'specifier' | 'importer'>): string {
  return `${importer}\n${specifier}`;
}

/** Where the bundle of such a package is in the artefact: beside that of the entry. */
export function latePath(
  entry: string,
  { specifier, format }: Pick<LatePackage, 'specifier' | 'format'>,
): string {
  const name = `main.${specifier.replace(/[^\w.-]/g, '-')}.${format === 'cjs' ? 'cjs' : 'mjs'}`;
  return posix.join(posix.dirname(bundlePath(entry)), name);
}

/** The packages that `import()` names, in files of the skill itself and of other packages. */
function lateImports(inputs: Inputs, entry: string): LateImport[] {
  return Object.entries(inputs).flatMap(([importer, { imports }]) =>
    imports.flatMap(({ path: target, kind, original: specifier = '' }) => {
      // WebAssembly goes into a bundle as bytes, and those into a module.
      const format = target.endsWith('.wasm') ? 'esm' : inputs[target]?.format;
      // What is shipped unbundled is a file of its own already.
      const isKept = target.startsWith(`${keptPackage}:`);
      const isLate = kind === 'dynamic-import' && /^[\w@]/.test(specifier) && !isKept;
      if (!isLate || !format) return [];
      return [{ specifier, importer, target, format, path: latePath(entry, { specifier, format }) }];
    }),
  );
}

/** The files that these import, and theirs, without what the imports in `late` import. */
function closure(inputs: Inputs, roots: readonly string[], late: readonly LateImport[]): Set<string> {
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

/** The namespace of what stands in the bundle for such a package in CommonJS. */
const standIn = 'late-package';

/** How the bundle names a package that has a file of its own. */
export function nameInBundle({ path, format }: LatePackage): string {
  return format === 'esm' ? besideBundle({ path }) : `${standIn}:${besideBundle({ path })}`;
}

function besideBundle({ path }: Pick<LatePackage, 'path'>): string {
  return `./${posix.basename(path)}`;
}

/** Tells for each import of a package whether it is one of these. */
export type FindLate = (
  args: OnResolveArgs,
  resolve: PluginBuild['resolve'],
) => Promise<LatePackage | undefined>;

/** Makes the bundle load packages from their own files. */
export function fromOwnFiles(find: FindLate): Plugin {
  return {
    name: 'late-packages',
    setup: ({ onResolve, onLoad, resolve }) => {
      onResolve({ filter: /^[\w@]/ }, async (args) => {
        const late = await find(args, resolve);
        if (!late) return undefined;
        // What import() returns for CommonJS is made by esbuild, as for the packages in the bundle.
        return late.format === 'esm'
          ? { path: besideBundle(late), external: true }
          : { path: besideBundle(late), namespace: standIn };
      });
      onLoad({ filter: /^/, namespace: standIn }, ({ path }) => ({
        contents: `module.exports=require(${JSON.stringify(path)});`,
      }));
      onResolve({ filter: /^/, namespace: standIn }, ({ path }) => ({ path, external: true }));
    },
  };
}
