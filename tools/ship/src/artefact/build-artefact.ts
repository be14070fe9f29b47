import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix, relative } from 'node:path';
import type { SkillManifest } from '../manifest/manifest.js';
import { billFile, outputFolder } from '../manifest/output-folder.js';
import { replaceFile } from '../records/replace-file.js';
import { kept } from '../records/workspace-folders.js';
import { readAssets, readStatic } from './assets.js';
import { type Bundle, type BundledFile, bundleSkill, startPath } from './bundle.js';
import { buildContainer, contextFiles } from './container.js';
import { imageDirectoryOf } from './find-artefact.js';
import { compileGo, goProgram } from './go.js';
import { writeImageLayout } from './image-layout.js';
import { packLayer } from './layer.js';
import type { LeftOut } from './own-files.js';
import { pythonCommand, pythonFiles, pythonStart } from './python.js';
import { replaceFolder } from './replace-folder.js';
import { billOfMaterials } from './sbom.js';
import { folderFiles } from './ship-folder.js';
import { requireSize } from './size-budget.js';
import { startAlone } from './start-alone.js';
import { writeFiles } from './write-files.js';

export interface Artefact {
  /** Digest of the image's manifest, `sha256:...`: the artefact's address. */
  digest: string;
  /** OCI image layout. */
  imageDirectory: string;
  /** Size of the image's layer in bytes. */
  bytes: number;
  /** Absolute paths of the files that went into it. */
  sources: string[];
  /** Those of them that the manifest names. */
  assets: string[];
  /** Paths from the skill of files that are shipped because its code reads them. */
  read: string[];
  /** What its code reads, though it is not shipped. */
  leftOut: LeftOut[];
  /** What the service printed if it did not start alone for a reason of its own, such as a variable that is not set. */
  unproven?: string;
}

/** The files of a skill that are shipped, and the command that starts it in their folder. */
interface Shipped {
  files: BundledFile[];
  /** The paths of those that the manifest names. */
  assets: string[];
  /** Absolute paths of the files that they are made from. */
  sources: string[];
  entrypoint: string[];
  bundle?: Bundle;
}

/**
 * Builds a skill into `dist/bundle` (to read, and to run by hand) and `dist/image` (what is shipped); of a project with a
 * build of its own, into `.artefact`.
 *
 * @param skillRoot absolute path of the skill
 * @param platform the folder of the local platform, whose container engine builds Dockerfiles
 * @throws BundleError when the code does not bundle; AssetError or OwnFileError where a file cannot be shipped; NotAloneError when
 *   it lacks something where there is nothing else; SizeError when it is too large; an error where files of a Python skill are missing. Nothing is written then
 */
export async function buildArtefact(
  skillRoot: string,
  manifest: SkillManifest,
  platform = join(skillRoot, kept.platform.path),
): Promise<Artefact> {
  const shipped = await whatShips(skillRoot, manifest);
  if (manifest.runtime === 'container') return containerArtefact(skillRoot, manifest, shipped, platform);
  const unproven = await tryAlone(shipped);
  const layer = await packLayer(shipped.files);
  const bundledBytes = shipped.bundle?.bundledBytes ?? new Map<string, number>();
  const { files } = shipped;
  if (manifest.maxSize !== undefined)
    requireSize(manifest.maxSize, { skillRoot, bytes: layer.length, files, bundledBytes });
  const outputs = join(skillRoot, outputFolder(manifest));
  await writeBundle(join(outputs, 'bundle'), files);
  const imageDirectory = imageDirectoryOf(skillRoot, manifest);
  const digest = await writeImage(imageDirectory, layer, shipped, manifest);
  const { id: name, version, runtime } = manifest;
  // Python installs its packages where it runs.
  if (runtime === 'node') {
    const bill = billOfMaterials({ name, version, digest, files, bundledBytes });
    replaceFile(join(outputs, billFile), bill, { mode: 0o666 });
  }
  return {
    digest,
    imageDirectory,
    bytes: layer.length,
    sources: shipped.sources,
    assets: shipped.assets.map((path) => join(skillRoot, path)),
    read: (shipped.bundle?.read ?? []).map((file) => relative(skillRoot, file)),
    leftOut: shipped.bundle?.leftOut ?? [],
    ...(unproven !== undefined && { unproven }),
  };
}

/** Of a Dockerfile, there is no bundle: its files are the context of the build. */
async function containerArtefact(
  skillRoot: string,
  manifest: SkillManifest,
  { files, assets, sources }: Shipped,
  platform: string,
): Promise<Artefact> {
  const imageDirectory = imageDirectoryOf(skillRoot, manifest);
  const { id: name, version, entry = '' } = manifest;
  const build = { files, dockerfile: entry, platform, name, version };
  const digest = await buildContainer(imageDirectory, build);
  return {
    digest,
    imageDirectory,
    bytes: await bytesIn(join(imageDirectory, 'blobs/sha256')),
    sources,
    assets: assets.map((path) => join(skillRoot, path)),
    read: [],
    leftOut: [],
  };
}

async function bytesIn(folder: string): Promise<number> {
  const files = await Promise.all((await readdir(folder)).map((name) => stat(join(folder, name))));
  return files.reduce((sum, { size }) => sum + size, 0);
}

/**
 * The digest of a skill's build. Builds in a temporary folder, and does not change the skill's folder.
 *
 * @param skillRoot absolute path of the skill
 * @throws BundleError when the code does not bundle; AssetError where an asset cannot be shipped; an error where files of
 *   a Python skill are missing
 */
export async function artefactDigest(skillRoot: string, manifest: SkillManifest): Promise<string> {
  const shipped = await whatShips(skillRoot, manifest);
  const directory = await mkdtemp(join(tmpdir(), 'artefact-'));
  try {
    return await writeImage(directory, await packLayer(shipped.files), shipped, manifest);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The program of a skill, and the files of its static site, which only the local platform takes from the artefact. */
async function whatShips(skillRoot: string, manifest: SkillManifest): Promise<Shipped> {
  const program = await programOf(skillRoot, manifest);
  const site = await readStatic(skillRoot, manifest.static);
  const paths = site.map(({ path }) => path);
  return {
    ...program,
    files: together(program.files, site),
    assets: [...new Set([...program.assets, ...paths])],
    sources: [...new Set([...program.sources, ...paths.map((path) => join(skillRoot, path))])],
  };
}

async function programOf(
  skillRoot: string,
  { runtime, entry = '', ship, start, external, assets: patterns }: SkillManifest,
): Promise<Shipped> {
  const read = await readAssets(skillRoot, patterns);
  const paths = read.map(({ path }) => path);
  const assets = paths.map((path) => join(skillRoot, path));
  if (runtime === 'python') {
    const files = await pythonFiles(skillRoot, entry);
    return {
      files: together(files, read),
      assets: paths,
      sources: [...files.map(({ path }) => join(skillRoot, path)), ...assets],
      entrypoint: start ? pythonStart(start) : pythonCommand(entry),
    };
  }
  if (runtime === 'container') {
    const files = await contextFiles(skillRoot, posix.normalize(entry));
    return {
      files: together(read, files),
      assets: paths,
      sources: [...files.map(({ path }) => join(skillRoot, path)), ...assets],
      entrypoint: [],
    };
  }
  if (runtime === 'go') {
    const { files, sources } = await compileGo(skillRoot, entry);
    return {
      files: together(files, read),
      assets: paths,
      sources: [...sources, ...assets],
      entrypoint: start ?? [`./${goProgram}`],
    };
  }
  if (ship !== undefined) {
    const files = await folderFiles(skillRoot, ship);
    const beside = startFolder(start);
    const moved = read.map((asset) => ({ ...asset, path: posix.join(beside, asset.path) }));
    return {
      files: together(files, moved),
      assets: paths,
      sources: [...files.map(({ path }) => join(skillRoot, ship, path)), ...assets],
      entrypoint: start ?? [],
    };
  }
  const bundle = await bundleSkill(skillRoot, { entry, external, assets: paths });
  return {
    files: together(bundle.files, read),
    assets: paths,
    sources: [...bundle.sources, ...assets],
    entrypoint: start ?? ['node', '--enable-source-maps', startPath],
    bundle,
  };
}

/** A folder that is shipped may repeat folders of the workspace: `node apps/shop/server.js` finds its assets beside that module. */
function startFolder([program, module]: readonly string[] = []): string {
  return program === 'node' && module !== undefined ? posix.dirname(module) : '.';
}

/** The bundle takes precedence: an asset at its path, such as a compiled one left beside the source, is not what runs. */
function together(files: readonly BundledFile[], assets: readonly BundledFile[]): BundledFile[] {
  return [...new Map([...assets, ...files].map((file) => [file.path, file])).values()];
}

function writeImage(
  directory: string,
  layer: Buffer,
  { entrypoint }: Shipped,
  { id, version }: SkillManifest,
): Promise<string> {
  return writeImageLayout(directory, layer, { name: id, version, entrypoint });
}

function writeBundle(directory: string, files: readonly BundledFile[]): Promise<void> {
  return replaceFolder(directory, (folder) => writeFiles(folder, files));
}

/**
 * Starts an artefact alone if it has more than the bundle: a bundle has all that it imports.
 *
 * @returns what it printed if it did not listen
 */
async function tryAlone({ files, assets, entrypoint, bundle }: Shipped): Promise<string | undefined> {
  const hasPackages = files.some(({ path }) => path.startsWith('node_modules/'));
  if (entrypoint[0] !== 'node' || (assets.length === 0 && !hasPackages && !bundle?.mayNeedMore))
    return undefined;
  const runsHere = process.platform === 'linux' && process.arch === 'x64';
  if (!runsHere && files.some(({ path }) => path.endsWith('.node'))) return undefined;
  return startAlone(files, entrypoint);
}
