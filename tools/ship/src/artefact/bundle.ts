import {
  build,
  type BuildFailure,
  type BuildOptions,
  type BuildResult,
  formatMessages,
  type Message,
  type Metafile,
  type OutputFile,
  type Plugin,
} from 'esbuild';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { bundleWithLate, type InMemory } from './bundle-late.js';
import { bundleBeside, namedImports, neededBeside } from './carry-packages.js';
import { chosenPackages } from './choose-packages.js';
import { isInstalled, optionalPackages } from './optional-packages.js';
import { findOwnFiles, type LeftOut } from './own-files.js';
import { bundleBanner, bundlePath, ownPlace, placeInArtefact } from './own-place.js';
import { buildThreads, type Place } from './threads.js';
import { Unbundlable } from './unbundlable.js';
import { untraceable, untraceableImports } from './untraceable.js';

export interface BundledFile {
  /** Path inside the artefact. */
  path: string;
  contents: Uint8Array;
  /** Whether it is a program. */
  executable?: boolean;
}

/** What is bundled, from the manifest. */
export interface BundleSource {
  /** Relative to the skill. */
  entry: string;
  /** Names of packages that are shipped unbundled. */
  external?: readonly string[];
  /** Paths of the assets, relative to the skill. */
  assets?: readonly string[];
}

export interface Bundle {
  files: BundledFile[];
  /** Absolute paths of all files that are in it. */
  sources: string[];
  /** Those that are shipped because a module of the workspace reads them, as absolute paths. */
  read: string[];
  /** Those that a module of the workspace reads, and that are not shipped. */
  leftOut: LeftOut[];
  /** Whether it may read files that the bundler does not know. */
  mayNeedMore: boolean;
  /** How many bytes of each file are in the bundle: by absolute paths. */
  bundledBytes: ReadonlyMap<string, number>;
}

/** What starts a skill, in the folder of its files. */
export const startPath = 'main.mjs';

/** The bundle of a skill did not build; the message is esbuild's report with file, line and excerpt. */
export class BundleError extends Error {
  override name = 'BundleError';
}

/**
 * The esbuild options for a skill, both for shipping and for development.
 *
 * @param folder absolute path of the folder that the artefact's files are in
 * @param seen gets to know the modules of the bundle
 */
export function bundleOptions(skillRoot: string, entry: string, folder: string, seen = new Unbundlable()) {
  return {
    absWorkingDir: skillRoot,
    entryPoints: [join(skillRoot, entry)],
    outfile: join(folder, bundlePath(entry)),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    // Packages of the same workspace are bundled from source, so that no stale build of them is shipped.
    conditions: ['@odoobo/source'],
    // WebAssembly goes into the bundle as bytes: a module of it beside the bundle would not be found. Packages with native
    // code are not bundled, which is known when their modules are read.
    // A file without an extension, such as bin/www, is JavaScript, as for Node.
    loader: { '.wasm': 'binary', '.node': 'empty', '': 'js' },
    banner: { js: bundleBanner(entry) },
    plugins: [ownPlace(skillRoot, entry, seen), seen.plugin()],
    logLevel: 'silent',
  } satisfies BuildOptions;
}

/**
 * Bundles a skill and what it imports into one ES module, with its source map; packages that only work unbundled are
 * beside it in `node_modules`. The bytes depend on the sources alone, not on their folder.
 *
 * @param skillRoot absolute path of the skill
 * @throws BundleError with every message of the bundler; TwoVersionsError; ChoiceError
 */
export async function bundleSkill(
  skillRoot: string,
  { entry, external = [], assets = [] }: BundleSource,
): Promise<Bundle> {
  const folder = join(skillRoot, 'dist/bundle');
  const seen = new Unbundlable();
  const cache = { round: 0 };
  // A minified bundle contains no path of the machine, and starts faster.
  const { plugins, ...options } = {
    ...bundleOptions(skillRoot, entry, folder, seen),
    minify: true,
    logOverride: untraceable,
    metafile: true as const,
    write: false as const,
  };
  // What the manifest names may be just what such an import loads.
  const refuses = assets.length + external.length === 0;
  const imports = untraceableImports(refuses, seen.seeLoader);
  const sources = new Set<string>();
  let bundledBytes = new Map<string, number>();
  const bundle = async (more: Plugin[]): Promise<BundledFile[]> => {
    const all = { ...options, keepNames: seen.usesClassNames(), plugins: [...more, ...plugins, imports] };
    const { outputFiles, metafiles } = await bundleInParts(all, { skillRoot, entry, folder }, seen.threads);
    bundledBytes = bytesOfInputs(metafiles, skillRoot);
    for (const path of bundledBytes.keys()) sources.add(path);
    return outputFiles.map(({ path, contents }) => ({
      path: relative(folder, path),
      contents: path.endsWith('.map') ? withPortableSources(skillRoot, dirname(path), contents) : contents,
    }));
  };
  try {
    const first = await bundle([]);
    // Only then it is known; names make the bundle larger.
    const bundled = seen.usesClassNames() ? await bundle([]) : first;
    const named = new Map([
      ...seen.named,
      ...[...external, ...chosenPackages(seen.choices(), external)].map(
        (name) => [name, join(skillRoot, entry)] as const,
      ),
    ]);
    for (const name of external) requireInstalled(skillRoot, name);
    const shipped = new Set([...sources, ...assets.map((path) => join(skillRoot, path))]);
    const own = await findOwnFiles(skillRoot, {
      modules: seen.ownModules,
      readers: seen.ownReaders,
      shipped,
    });
    const modules = [...assets.map((path) => join(skillRoot, path)), ...own.files].filter(isModule);
    const needed = await neededBeside(seen, cache);
    const isAlone = needed.folders.size + needed.descriptions.length + named.size + modules.length === 0;
    const { result, files } = isAlone
      ? { result: bundled, files: [] }
      : await bundleBeside(
          skillRoot,
          { needed, whole: seen.whole(), named: namedImports(named), modules },
          bundle,
          cache,
        );
    return {
      files: [...result, ...files, ...(await readOwnFiles(skillRoot, own.files)), ...startFile(entry)],
      sources: [...sources, ...own.files],
      read: own.files,
      leftOut: own.leftOut,
      mayNeedMore: seen.ownReaders.size + own.files.length > 0,
      bundledBytes,
    };
  } catch (error) {
    throw await asBundleError(error, skillRoot, entry);
  }
}

function readOwnFiles(skillRoot: string, files: readonly string[]): Promise<BundledFile[]> {
  return Promise.all(
    files.map(async (file) => ({ path: placeInArtefact(skillRoot, file), contents: await readFile(file) })),
  );
}

function isModule(path: string): boolean {
  return /\.[cm]?js$/.test(path);
}

function requireInstalled(skillRoot: string, name: string): void {
  if (isInstalled(name, skillRoot)) return;
  throw new BundleError(`skill.json: external: "${name}" is not installed. Install it: npm install ${name}`);
}

/** How esbuild names modules that are no files, such as one that `browser` of a package.json replaces by nothing. */
const madeUp = /^(\(disabled\)|[\w-]+):/;

interface Parts {
  outputFiles: OutputFile[];
  metafiles: Metafile[];
}

/** One file; and one more for each package that is loaded only when it is used, and for each thread. */
async function bundleInParts(options: InMemory, place: Place, threads: ReadonlySet<string>): Promise<Parts> {
  const main = await bundleWithLate(options, place, buildWithoutOptional);
  const results = await buildThreads(options, place, threads, buildWithoutOptional);
  return {
    outputFiles: [...main, ...results].flatMap((result) => result.outputFiles),
    metafiles: [...main, ...results].map(({ metafile }) => metafile),
  };
}

/** By absolute paths. A file that is only used for its types has none. */
function bytesOfInputs(metafiles: readonly Metafile[], skillRoot: string): Map<string, number> {
  const bytes = new Map<string, number>();
  const add = (path: string, more: number) => {
    if (madeUp.test(path)) return;
    const file = resolve(skillRoot, path);
    bytes.set(file, (bytes.get(file) ?? 0) + more);
  };
  for (const { inputs, outputs } of metafiles) {
    for (const path of Object.keys(inputs)) add(path, 0);
    for (const { inputs: parts } of Object.values(outputs))
      for (const [path, { bytesInOutput }] of Object.entries(parts)) add(path, bytesInOutput);
  }
  return bytes;
}

/** Looks at each import only if something is missing: that makes a build a tenth slower. */
async function buildWithoutOptional(options: InMemory): Promise<BuildResult<InMemory>> {
  try {
    return await build(options);
  } catch (error) {
    if (!(error as Partial<BuildFailure>).errors?.some(missingPackage)) throw error;
    return build({ ...options, plugins: [...(options.plugins ?? []), optionalPackages()] });
  }
}

/**
 * The file that starts the bundle, always at the same path. Modules that compare `process.argv[1]` with their own path, to
 * know whether they were started, find what they expect.
 */
export function startFile(entry: string): BundledFile[] {
  const bundle = JSON.stringify(`./${bundlePath(entry)}`);
  if (bundlePath(entry) === startPath) return [];
  const code =
    "import{fileURLToPath}from'node:url';" +
    `process.argv[1]=fileURLToPath(new URL(${bundle},import.meta.url));await import(${bundle});\n`;
  return [{ path: startPath, contents: Buffer.from(code) }];
}

/** Names each source by its path in the artefact: packages may be elsewhere in another checkout. */
function withPortableSources(skillRoot: string, folder: string, sourceMap: Uint8Array): Uint8Array {
  const map = JSON.parse(Buffer.from(sourceMap).toString('utf8')) as { sources: string[] };
  const sources = map.sources.map((source) => placeInArtefact(skillRoot, resolve(folder, source)));
  return Buffer.from(JSON.stringify({ ...map, sources }));
}

async function asBundleError(error: unknown, skillRoot: string, entry: string): Promise<unknown> {
  const { errors } = error as Partial<BuildFailure>;
  if (!errors) return error;
  // Without esbuild's hint to mark the package as external: what is not bundled is missing in the artefact.
  const shown = errors.map((one) => (missingPackage(one) ? { ...one, notes: [] } : one));
  const messages = await formatMessages(shown, { kind: 'error', color: false });
  const unresolved = [...new Set(errors.flatMap((one) => missingPackage(one) ?? []))];
  const unbuilt = unresolved.filter((name) => isInstalled(name, skillRoot));
  const missing = unresolved.filter((name) => !unbuilt.includes(name));
  if (missing.length > 0) messages.push(`Install what is missing: npm install ${missing.join(' ')}`);
  if (unbuilt.length > 0)
    messages.push(
      `${unbuilt.join(', ')}: there, but without the file that is imported. If it is a package of this workspace, build it first, and ` +
        `name it in the dependencies of ${join(skillRoot, 'package.json')}: then it is built before this.`,
    );
  // Without esbuild's error as the cause: it repeats the same text.
  return new BundleError(`${join(skillRoot, entry)} does not bundle:\n${messages.join('').trimEnd()}`);
}

/** The package that an import names and that cannot be resolved; undefined for a file, and for other errors. */
function missingPackage({ text }: Message): string | undefined {
  return /^Could not resolve "((?:@[\w.-]+\/)?[\w-][\w.-]*)(?:\/[^"]*)?"/.exec(text)?.[1];
}
