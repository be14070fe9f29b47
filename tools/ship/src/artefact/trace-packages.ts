import { readFile } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { followedRequires } from './created-requires.js';
import { packageFolderOf, packageNameOf } from './package-folder.js';
import type { TracedPackage } from './package-tree.js';

/** An import of a package that is in the bundle as it was written. */
export interface KeptImport {
  /** As the code writes it. */
  path: string;
  /** The folder of the module that imports it. */
  from: string;
  kind: 'import' | 'require';
}

export interface Traced {
  /** The packages, by their folders. */
  packages: Map<string, TracedPackage>;
  /** The files that each of them needs, as absolute paths. */
  files: Map<string, Set<string>>;
  /** Folders of the packages that the bundle imports, or a module that is shipped as it is. */
  top: Set<string>;
  /** Files of the workspace itself that modules import which are shipped as they are: absolute paths. */
  own: Set<string>;
}

/** What is traced. */
export interface TraceStart {
  /** Stands for the working directory of the service. */
  skillRoot: string;
  imports: readonly KeptImport[];
  /** Modules that are shipped as they are: absolute paths. */
  modules: readonly string[];
  cache: TraceCache;
}

/** A module that is shipped as it is imports what cannot be shipped. */
export class UntraceableError extends Error {
  override readonly name = 'UntraceableError';
}

/** What the tracer knows of files already; one for each build, because files change. */
export interface TraceCache {
  /** How many traces used it. */
  round: number;
}

/** No such files exist: they are only what the tracer starts from. */
const entryName = 'artefact-imports';

/**
 * Follows imports to all files that Node would load or that packages read.
 *
 * @throws UntraceableError where a module that is shipped as it is imports TypeScript
 */
export async function tracePackages({ skillRoot, imports, modules, cache }: TraceStart): Promise<Traced> {
  const { nodeFileTrace } = await import('@vercel/nft');
  const entries = entriesFor(imports, (cache.round += 1));
  const { fileList, reasons } = await nodeFileTrace([...entries.keys(), ...modules], {
    base: '/',
    processCwd: skillRoot,
    cache,
    // Those of Node from 20.19 and 22.12 on: https://nodejs.org/api/packages.html#conditional-exports
    conditions: ['node', 'node-addons', 'module-sync'],
    // Null is the tracer's word for a file that is not there, such as an optional one.
    readFile: async (path) => entries.get(path) ?? readModule(path),
    mixedModules: true,
  });
  const traced: Traced = { packages: new Map(), files: new Map(), top: new Set(), own: new Set() };
  for (const path of fileList) {
    const parents = [...(reasons.get(path)?.parents ?? [])].map((parent) => join('/', parent));
    take(traced, join('/', path), parents);
  }
  return traced;
}

async function readModule(path: string): Promise<Buffer | string | null> {
  const bytes = await readFile(path).catch(() => null);
  return bytes?.includes('createRequire') ? followedRequires(path, bytes.toString('utf8'), false) : bytes;
}

/** A module for each folder, because Node looks for packages from the folder of the module. */
function entriesFor(imports: readonly KeptImport[], round: number): Map<string, string> {
  const entries = new Map<string, string>();
  for (const { path, from, kind } of imports) {
    // With a number, so that the cache does not take it for that of an earlier trace.
    const file = join(from, `${entryName}-${round}.${kind === 'import' ? 'mjs' : 'cjs'}`);
    const text = JSON.stringify(path);
    const line = kind === 'import' ? `import ${text};\n` : `require(${text});\n`;
    entries.set(file, `${entries.get(file) ?? ''}${line}`);
  }
  return entries;
}

function take({ packages, files, top, own }: Traced, file: string, parents: readonly string[]): void {
  const folder = packageFolderOf(file);
  if (folder === undefined && isOwnImport(file, parents)) own.add(file);
  // A link to the folder of a package is listed, too; its files are listed at their real paths.
  if (folder === undefined || folder === file) return;
  addTo(files, folder, file);
  needing(packages, folder);
  for (const parent of parents) {
    const from = packageFolderOf(parent);
    if (from === undefined || parent.includes(entryName)) top.add(folder);
    else if (from !== folder) needing(packages, from).needs.add(folder);
  }
}

/** Not what a package finds in the working directory of this build. */
function isOwnImport(file: string, parents: readonly string[]): boolean {
  if (parents.length === 0 || parents.every((parent) => packageFolderOf(parent) !== undefined)) return false;
  if (!/\.[cm]?tsx?$/.test(file)) return true;
  throw new UntraceableError(
    `${parents[0]} imports ${file}. It is an asset, so it is shipped as it is, and Node does not load TypeScript: import JavaScript.`,
  );
}

function needing(packages: Map<string, TracedPackage>, folder: string): TracedPackage {
  const known = packages.get(folder) ?? { folder, name: packageNameOf(folder), needs: new Set() };
  packages.set(folder, known);
  return known;
}

function addTo(files: Map<string, Set<string>>, folder: string, file: string): void {
  files.set(folder, (files.get(folder) ?? new Set()).add(file));
}

/** The working directory of the service, and modules that are read as something else than the disk has. */
export interface ReadContext {
  skillRoot: string;
  /** The text of all modules that are looked at. */
  sources: ReadonlyMap<string, string>;
}

/**
 * Which modules read files beside themselves or start threads from them. Code that only makes a path, for a message or for
 * `createRequire`, does neither.
 *
 * @returns for each module that does, the files that it reads
 */
export async function filesReadBy(
  modules: ReadonlySet<string>,
  cache: TraceCache,
  context?: ReadContext,
): Promise<Map<string, string[]>> {
  const { nodeFileTrace } = await import('@vercel/nft');
  const { fileList, reasons } = await nodeFileTrace([...modules], {
    base: '/',
    cache,
    // Only what is read: what is imported is in the bundle, but not what is loaded by a path that the code makes.
    resolve: (name) => Promise.resolve(isAbsolute(name) ? name : []),
    ...(context && {
      processCwd: context.skillRoot,
      readFile: (path: string) => Promise.resolve(context.sources.get(path) ?? ''),
    }),
  });
  const read = new Map<string, string[]>();
  for (const path of fileList) {
    const file = join('/', path);
    const { type, parents } = reasons.get(path) ?? { type: [], parents: new Set<string>() };
    // Links are only resolved, too, but they are what the code reads.
    const isResolved =
      type.every((one) => one === 'resolve') && !(context && basename(file) !== 'package.json');
    if (modules.has(file) || isResolved) continue;
    for (const parent of parents) read.set(join('/', parent), [...(read.get(join('/', parent)) ?? []), file]);
  }
  return read;
}
