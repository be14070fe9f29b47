import type { Plugin } from 'esbuild';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, posix, relative } from 'node:path';
import * as z from 'zod';
import type { BundledFile } from './bundle.js';
import { keepImports } from './keep-imports.js';
import { installedOptional } from './optional-packages.js';
import { placeInArtefact } from './own-place.js';
import { packageFolderOf } from './package-folder.js';
import { packageTree } from './package-tree.js';
import { filesForTarget, requireForTarget } from './target-platform.js';
import {
  filesReadBy,
  type KeptImport,
  type TraceCache,
  type Traced,
  tracePackages,
} from './trace-packages.js';
import { platformName, type Unbundlable } from './unbundlable.js';

/** What a bundle needs beside it. */
export interface Needed {
  /** Folders of the packages that only work unbundled. */
  folders: ReadonlySet<string>;
  /** The package.json that bundled packages read, for their version: absolute paths. */
  descriptions: readonly string[];
}

/** What a bundle needs beside it, from what was seen of its modules. */
export async function neededBeside(seen: Unbundlable, cache: TraceCache): Promise<Needed> {
  const folders = new Set([...seen.nativePackages(), ...seen.whole()]);
  const descriptions = seen.descriptions();
  const readers = seen.readers();
  const read = readers.length > 0 ? await filesReadBy(new Set(readers), cache) : new Map<string, string[]>();
  for (const [module, files] of read) {
    const folder = packageFolderOf(module);
    if (folder === undefined) continue;
    if (files.every((file) => basename(file) === 'package.json')) descriptions.push(...files);
    else folders.add(folder);
  }
  return { folders, descriptions: [...new Set(descriptions)] };
}

/** What is followed to find the files that are beside a bundle. */
export interface Beside {
  needed: Needed;
  /** Packages that are shipped with all their files: their folders. */
  whole: ReadonlySet<string>;
  /** Imports of packages that no module writes as an import. */
  named: readonly KeptImport[];
  /** Modules that are shipped as they are: absolute paths. */
  modules: readonly string[];
}

/**
 * Bundles with some packages left out, and finds the files of these packages. What they need themselves is left out of the
 * bundle, too, so that there is one instance of each package.
 *
 * @param bundle bundles with some plugins
 * @throws TwoVersionsError, PlatformError, UntraceableError
 */
export async function bundleBeside<Result>(
  skillRoot: string,
  { needed, whole, named, modules }: Beside,
  bundle: (plugins: Plugin[]) => Promise<Result>,
  cache: TraceCache,
): Promise<{ result: Result; files: BundledFile[] }> {
  for (let kept = needed.folders; ;) {
    const imports = [...named];
    const keep = (one: KeptImport) => {
      imports.push(one);
      return one.path;
    };
    const result = await bundle(kept.size > 0 ? [keepImports(kept, keep)] : []);
    const traced = await tracePackages({ skillRoot, imports, modules, cache });
    await takePlatformParts(traced);
    const all = new Set([...kept, ...traced.packages.keys()]);
    if (all.size === kept.size) {
      const descriptions = await readDescriptions(skillRoot, needed.descriptions);
      const own = await readOwn(skillRoot, traced.own);
      return { result, files: [...own, ...descriptions, ...(await filesOf(traced, whole))] };
    }
    kept = all;
  }
}

/**
 * Native code in packages of its own, one for each platform, may be loaded by a computed name. Then a tracer finds none of them,
 * and all that are installed are taken.
 */
async function takePlatformParts({ packages, files }: Traced): Promise<void> {
  for (const { folder, needs } of [...packages.values()]) {
    const parts = installedOptional(folder).filter(({ name }) => platformName.test(name));
    if (parts.some((part) => packages.has(part.folder))) continue;
    for (const part of parts) {
      needs.add(part.folder);
      packages.set(part.folder, { ...part, needs: new Set() });
      files.set(part.folder, new Set(await everyFile(part.folder)));
    }
  }
}

async function filesOf(traced: Traced, whole: ReadonlySet<string>): Promise<BundledFile[]> {
  const carried: BundledFile[] = [];
  const leftOut: string[] = [];
  const places = [...packageTree(traced.packages, traced.top)];
  for (const [place, folder] of places) {
    const needed = whole.has(folder)
      ? await everyFile(folder)
      : await withComputed([...(traced.files.get(folder) ?? [])]);
    const files = await filesForTarget(folder, needed, () => everyFile(folder));
    if (!files) leftOut.push(folder);
    for (const file of files ?? []) {
      carried.push(await carriedFile(file, posix.join(place, relative(folder, file))));
    }
  }
  const kept = places.map(([, folder]) => folder).filter((folder) => !leftOut.includes(folder));
  requireForTarget(leftOut, kept);
  return carried;
}

const computedImport = /\bimport\(\s*(?:\/\*[^*]*\*\/\s*)*[\w$.]+\s*\)/;
const siblings = /["'](\.\/[\w./-]+\.[cm]?js)["']/g;

/**
 * With the files that are beside those by their name and are loaded by a path that the code computes: the WebAssembly of what Emscripten
 * makes, and modules that a module with a computed `import()` names in a text.
 */
async function withComputed(files: readonly string[]): Promise<string[]> {
  const modules = files.filter((file) => /\.[cm]?js$/.test(file));
  const beside = modules.map((file) => file.replace(/\.[cm]?js$/, '.wasm'));
  for (const file of modules) {
    const text = await readFile(file, 'utf8');
    if (!computedImport.test(text)) continue;
    for (const [, path = ''] of text.matchAll(siblings)) beside.push(join(dirname(file), path));
  }
  return [...new Set([...files, ...beside.filter((file) => existsSync(file))])];
}

async function everyFile(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.filter((file) => packageFolderOf(file) === folder && !/\.(?:map|d\.[cm]?ts)$/.test(file));
}

async function carriedFile(file: string, path: string): Promise<BundledFile> {
  const { mode } = await stat(file);
  return { path, contents: await readFile(file), ...((mode & 0o100) !== 0 && { executable: true }) };
}

function readDescriptions(skillRoot: string, files: readonly string[]): Promise<BundledFile[]> {
  return Promise.all(
    files.map(async (file) => ({ path: placeInArtefact(skillRoot, file), contents: await readFile(file) })),
  );
}

/** Of a package.json of the workspace only what Node reads: https://nodejs.org/api/packages.html#nodejs-packagejson-field-definitions */
function readOwn(skillRoot: string, files: Iterable<string>): Promise<BundledFile[]> {
  return Promise.all(
    [...files].map(async (file) => {
      const path = placeInArtefact(skillRoot, file);
      if (basename(file) !== 'package.json') return { path, contents: await readFile(file) };
      const { type, imports } = moduleFields.parse(JSON.parse(await readFile(file, 'utf8')));
      return { path, contents: Buffer.from(JSON.stringify({ type, imports })) };
    }),
  );
}

const moduleFields = z.object({ type: z.string().optional(), imports: z.unknown().optional() });

/** Imports of packages by name from a module, by either way in which Node loads packages. */
export function namedImports(names: ReadonlyMap<string, string>): KeptImport[] {
  return [...names].flatMap(([path, module]) =>
    (['import', 'require'] as const).map((kind) => ({ path, from: dirname(module), kind })),
  );
}
