import type { Beside } from '@odoobo/local-platform/client';
import { build, type BuildFailure, type BuildResult, context, formatMessages, type Plugin } from 'esbuild';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bundleOptions, startFile, startPath } from '../artefact/bundle.js';
import { neededBeside } from '../artefact/carry-packages.js';
import { keepImports } from '../artefact/keep-imports.js';
import { optionalPackages } from '../artefact/optional-packages.js';
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
  await prepare(options, folder);
  const service = new Service(options, join(folder, startPath));
  const bundling = bundleOptions(options.skillRoot, options.entry, folder);
  const unbundled = await unbundledPackages(options, folder);
  const bundler = await context({
    ...bundling,
    plugins: [
      // From where they are installed: only the artefact has them beside the bundle.
      ...(unbundled.size > 0 ? [keepImports(unbundled, (_, file) => file)] : []),
      ...bundling.plugins,
      optionalPackages(),
      onBuilt((result) => afterBuild(result, service, options.report)),
    ],
  });
  await bundler.watch();
  return async () => {
    await bundler.dispose();
    await service.stop();
  };
}

/** The packages that the bundler cannot include; none where the code does not build yet. */
async function unbundledPackages(
  { skillRoot, entry }: DevServerOptions,
  folder: string,
): Promise<ReadonlySet<string>> {
  const seen = new Unbundlable();
  const options = bundleOptions(skillRoot, entry, folder, seen);
  try {
    await build({ ...options, plugins: [...options.plugins, optionalPackages()], write: false });
    return (await neededBeside(seen, { round: 0 })).folders;
  } catch (error) {
    if ((error as Partial<BuildFailure>).errors) return new Set();
    throw error;
  }
}

/** Puts into the folder of the bundle what the artefact has beside it: the file that starts it, and links to the assets. */
async function prepare({ skillRoot, entry, assets }: DevServerOptions, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const { path, contents } of startFile(entry)) await writeFile(join(folder, path), contents);
  for (const path of await findAssets(skillRoot, assets)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await symlink(join(skillRoot, path), join(folder, path));
  }
}

async function afterBuild(
  result: BuildResult,
  service: Service,
  report: (text: string) => void,
): Promise<void> {
  if (result.errors.length === 0) return service.restart();
  report((await formatMessages(result.errors, { kind: 'error', color: false })).join(''));
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
