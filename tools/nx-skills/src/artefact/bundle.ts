import { build, type BuildFailure, type BuildOptions, formatMessages, type Message } from 'esbuild';
import { join } from 'node:path';

export interface BundledFile {
  /** Path inside the artefact. */
  path: string;
  contents: Uint8Array;
}

export interface Bundle {
  files: BundledFile[];
}

/** The bundle of a skill did not build; the message is esbuild's report with file, line and excerpt. */
export class BundleError extends Error {
  override name = 'BundleError';
}

/** Lets bundled CommonJS modules call `require` inside an ES module. */
const commonJsBanner =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

/** The esbuild options for a skill, both for shipping and for development. */
export function bundleOptions(skillRoot: string, entry: string): BuildOptions {
  return {
    absWorkingDir: skillRoot,
    entryPoints: [join(skillRoot, entry)],
    outfile: join(skillRoot, 'dist/bundle/main.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    // Packages of the same workspace are bundled from source, so that no stale build of them is shipped.
    conditions: ['@odoobo/source'],
    banner: { js: commonJsBanner },
    logLevel: 'silent',
  };
}

/**
 * Bundles a skill and everything it imports into one ES module, `main.mjs`, with its source map. The bytes depend on
 * the sources alone, not on their folder.
 *
 * @param skillRoot absolute path of the skill
 * @param entry its entry, relative to `skillRoot`
 * @throws BundleError with every message of the bundler
 */
export async function bundleSkill(skillRoot: string, entry: string): Promise<Bundle> {
  try {
    const result = await build({
      ...bundleOptions(skillRoot, entry),
      // A minified bundle contains no path of the machine, and starts faster.
      minify: true,
      write: false,
    });
    return { files: result.outputFiles.map((file) => toBundledFile(file.path, file.contents)) };
  } catch (error) {
    throw await asBundleError(error, skillRoot, entry);
  }
}

function toBundledFile(path: string, contents: Uint8Array): BundledFile {
  const name = path.endsWith('.map') ? 'main.mjs.map' : 'main.mjs';
  return { path: name, contents: name.endsWith('.map') ? withPortableSources(contents) : contents };
}

/** Starts the path of each source at its package: `node_modules` may be elsewhere in another checkout. */
function withPortableSources(sourceMap: Uint8Array): Uint8Array {
  const map = JSON.parse(Buffer.from(sourceMap).toString('utf8')) as { sources: string[] };
  const portable = map.sources.map((source) => {
    const inPackages = source.lastIndexOf('node_modules/');
    return inPackages < 0 ? source.replace(/^(\.\.\/)+/, '') : source.slice(inPackages);
  });
  return Buffer.from(JSON.stringify({ ...map, sources: portable }));
}

async function asBundleError(error: unknown, skillRoot: string, entry: string): Promise<unknown> {
  const { errors } = error as Partial<BuildFailure>;
  if (!errors) return error;
  // Without esbuild's hint to mark the package as external: what is not bundled is missing in the artefact.
  const shown = errors.map((one) => (missingPackage(one) ? { ...one, notes: [] } : one));
  const messages = await formatMessages(shown, { kind: 'error', color: false });
  const missing = [...new Set(errors.flatMap((one) => missingPackage(one) ?? []))];
  if (missing.length > 0) messages.push(`Install what is missing: npm install ${missing.join(' ')}`);
  // Without esbuild's error as the cause: it repeats the same text.
  return new BundleError(`${join(skillRoot, entry)} does not bundle:\n${messages.join('').trimEnd()}`);
}

/** The package that an import names and that is not installed; undefined for a file, and for other errors. */
function missingPackage({ text }: Message): string | undefined {
  return /^Could not resolve "((?:@[\w.-]+\/)?[\w-][\w.-]*)(?:\/[^"]*)?"/.exec(text)?.[1];
}
