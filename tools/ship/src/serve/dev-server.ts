import type { Beside } from '@odoobo/local-platform/client';
import {
  build,
  type BuildFailure,
  type BuildResult,
  context,
  formatMessages,
  type Message,
  type Plugin,
} from 'esbuild';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bundleOptions, startFile, startPath } from '../artefact/bundle.js';
import { neededBeside } from '../artefact/carry-packages.js';
import { keepImports } from '../artefact/keep-imports.js';
import { optionalPackages } from '../artefact/optional-packages.js';
import { findOwnFiles } from '../artefact/own-files.js';
import { placeInArtefact } from '../artefact/own-place.js';
import { buildThreads } from '../artefact/threads.js';
import { Unbundlable } from '../artefact/unbundlable.js';
import { findAssets } from '../manifest/assets.js';

export interface DevServerOptions {
  /** Absolute path of the skill. */
  skillRoot: string;
  entry: string;
  /** The patterns of the manifest. */
  assets: readonly string[];
  /** Port on 127.0.0.1. */
  port: number;
  /** Runs the service. */
  beside: Beside;
  /** Receives the messages of the bundler. */
  report: (text: string) => void;
}

/**
 * Bundles a skill, runs it, and repeats both after each change of a file that it imports. A change that does not build
 * is reported, and the running process stays.
 *
 * @returns ends the service and stops watching
 */
export async function startDevServer(options: DevServerOptions): Promise<() => Promise<void>> {
  const folder = join(options.skillRoot, 'dist/serve');
  const { skillRoot, entry } = options;
  const first = await look(options, folder);
  await prepare(options, folder, first.read);
  const service = new Service(options, join(folder, startPath));
  const seen = new Unbundlable();
  const bundling = bundleOptions(skillRoot, entry, folder, seen);
  const plugins = [
    // From where they are installed: only the artefact has them beside the bundle.
    ...(first.unbundled.size > 0 ? [keepImports(first.unbundled, (_, file) => file)] : []),
    ...bundling.plugins,
    optionalPackages(),
  ];
  const threads = () => buildThreads({ ...bundling, plugins }, { skillRoot, entry, folder }, seen.threads);
  const bundler = await context({
    ...bundling,
    plugins: [...plugins, onBuilt((result) => afterBuild(result, threads, service, options.report))],
  });
  await bundler.watch();
  return async () => {
    await bundler.dispose();
    await service.stop();
  };
}

/** What the code needs beside its bundle; nothing where it does not build yet. */
async function look(
  { skillRoot, entry }: DevServerOptions,
  folder: string,
): Promise<{ unbundled: ReadonlySet<string>; read: readonly string[] }> {
  const seen = new Unbundlable();
  const options = bundleOptions(skillRoot, entry, folder, seen);
  try {
    await build({ ...options, plugins: [...options.plugins, optionalPackages()], write: false });
    const { folders } = await neededBeside(seen, { round: 0 });
    const { ownModules: modules, ownReaders: readers } = seen;
    const { files } = await findOwnFiles(skillRoot, { modules, readers, shipped: new Set() });
    return { unbundled: folders, read: files };
  } catch (error) {
    if ((error as Partial<BuildFailure>).errors) return { unbundled: new Set(), read: [] };
    throw error;
  }
}

/**
 * Puts into the folder of the bundle what the artefact has beside it: the file that starts it, and links to the assets and to
 * the files that the code reads.
 */
async function prepare(
  { skillRoot, entry, assets }: DevServerOptions,
  folder: string,
  read: readonly string[],
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const { path, contents } of startFile(entry)) await writeFile(join(folder, path), contents);
  const named = (await findAssets(skillRoot, assets)).map((path) => join(skillRoot, path));
  for (const file of new Set([...named, ...read])) {
    const link = join(folder, placeInArtefact(skillRoot, file));
    await mkdir(dirname(link), { recursive: true });
    await symlink(file, link);
  }
}

async function afterBuild(
  { errors }: BuildResult,
  buildThreads: () => Promise<unknown>,
  service: Service,
  report: (text: string) => void,
): Promise<void> {
  const failed = errors.length > 0 ? errors : await failuresOf(buildThreads());
  if (failed.length === 0) return service.restart();
  report((await formatMessages(failed, { kind: 'error', color: false })).join(''));
}

async function failuresOf(build: Promise<unknown>): Promise<Message[]> {
  try {
    await build;
    return [];
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>;
    if (errors) return errors;
    throw error;
  }
}

function onBuilt(react: (result: BuildResult) => Promise<void>): Plugin {
  return { name: 'on-built', setup: (build) => build.onEnd(react) };
}

/** The one process that holds the port: a new one starts after the old one has ended. */
class Service {
  #stop: (() => Promise<void>) | undefined;

  constructor(
    private readonly options: DevServerOptions,
    private readonly bundle: string,
  ) {}

  async restart(): Promise<void> {
    await this.stop();
    const { beside, port } = this.options;
    const { stop } = await beside.start({
      command: ['node', '--enable-source-maps', this.bundle],
      cwd: process.cwd(),
      env: { PORT: String(port), HOST: '127.0.0.1' },
    });
    this.#stop = stop;
  }

  async stop(): Promise<void> {
    await this.#stop?.();
    this.#stop = undefined;
  }
}
