import { realpath, rename, rm, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { DeploymentFailure } from '../running/failure.js';
import { BuildShell } from './build-shell.js';
import type { BuildRecord } from './build-store.js';
import type { Commands } from './commands.js';
import type { DependencyCache } from './dependencies.js';
import { hashOf } from './hash.js';
import type { Install } from './recipe-parts.js';
import { recipeFor } from './recipe.js';
import type { BuildRequest } from './source.js';
import { relativePath } from './source-files.js';

/** What a static site's build is looked for in, in this order, when the spec names no output_dir: the official document. */
const outputFolders = ['_static', 'dist', 'public', 'build'];

export interface Workshop {
  commands: Commands;
  dependencies: DependencyCache;
  /** The home of all builds. */
  home: string;
}

/** Turns the files of a commit into what runs: installs, builds, and says how it is started. */
export class Builder {
  readonly #dependencies: DependencyCache;
  readonly #folder: string;
  readonly #request: BuildRequest;
  readonly #signal: AbortSignal;
  readonly #shell: BuildShell;

  /** @param folder Holds the commit's files in `files`; they become the build's. */
  constructor(workshop: Workshop, folder: string, request: BuildRequest, signal: AbortSignal) {
    const { commands, home } = workshop;
    this.#dependencies = workshop.dependencies;
    this.#folder = folder;
    this.#request = request;
    this.#signal = signal;
    this.#shell = new BuildShell({ commands, home, folder, request, signal });
  }

  /** @throws DeploymentFailure, or the reason of the signal. */
  async make(): Promise<BuildRecord> {
    const { component, kind, version, log } = this.#request;
    const source = relativePath(component.source_dir);
    const cwd = await this.#inside(source, 'source_dir');
    const { install, build, start, env, notes } = await recipeFor(cwd, component, kind, version.commit ?? '');
    for (const note of notes) await log(note);
    const venv = install && (await this.#install(install, cwd));
    const path = venv ? join(this.#dependencies.placeOf(venv), 'bin') : join(source, 'node_modules', '.bin');
    if (build) {
      const since = performance.now();
      await this.#shell.run(build, cwd, [venv ? path : join(this.#folder, 'files', path)]);
      await log(`built in ${secondsSince(since)}`);
    }
    if (kind === 'static site') await this.#keepOutput(source);
    return { cmd: start, workingDir: `/${source}`, env, path: [path], ...(venv && { dependencies: venv }) };
  }

  /** @returns the key of the virtual environment, where there is one. */
  async #install(install: Install, cwd: string): Promise<string | undefined> {
    const { force, log, env } = this.#request;
    const { version, inputs, commands, anew } = install;
    const tool = await this.#shell.lastLine(version, cwd);
    const machine = { platform: process.platform, arch: process.arch, node: process.versions.modules };
    const key = hashOf({ version, tool, machine, env, inputs, commands });
    const request = { key, force, signal: this.#signal };
    const since = performance.now();
    const tell = (cached: boolean) =>
      log(
        `dependencies ${cached ? 'from the cache' : `installed by ${commands[0]?.[0]} (${tool})`} in ${secondsSince(since)}`,
      );
    if (install.into === 'venv') {
      await tell(await this.#dependencies.shared(request, (venv) => this.#makeVenv(venv, install, cwd)));
      return key;
    }
    if (anew === undefined) {
      await tell(await this.#dependencies.inPlace(cwd, request, () => this.#runAll(commands, cwd), log));
      return undefined;
    }
    await log(`dependencies are installed anew: ${anew}`);
    await this.#runAll(commands, cwd);
    await tell(false);
    return undefined;
  }

  async #makeVenv(venv: string, { commands }: Install, cwd: string): Promise<void> {
    await this.#shell.run(['python3', '-m', 'venv', venv], cwd);
    await this.#runAll(commands, cwd, [join(venv, 'bin')]);
  }

  async #runAll(commands: string[][], cwd: string, path: string[] = []): Promise<void> {
    for (const command of commands) await this.#shell.run(command, cwd, path);
  }

  /** Leaves nothing of the build but what the site serves. */
  async #keepOutput(source: string): Promise<void> {
    const { component } = this.#request;
    const wanted = 'output_dir' in component ? component.output_dir : undefined;
    const output = wanted === undefined ? await this.#findOutput(source) : join(source, relativePath(wanted));
    const served = await this.#inside(output, 'output_dir');
    const files = join(this.#folder, 'files');
    await rename(served, join(this.#folder, 'served'));
    await rm(files, { recursive: true, force: true });
    await rename(join(this.#folder, 'served'), files);
  }

  /** Without any of the usual folders, the site is what lies in the repository. */
  async #findOutput(source: string): Promise<string> {
    for (const name of outputFolders) {
      const path = join(source, name);
      if (await isFolder(join(this.#folder, 'files', path))) return path;
    }
    return source;
  }

  /** A folder of the build, which a link may not lead out of. */
  async #inside(path: string, field: string): Promise<string> {
    const files = await realpath(join(this.#folder, 'files'));
    const place = await realpath(join(files, path)).catch(() => '');
    const isThere = (place === files || place.startsWith(files + sep)) && (await isFolder(place));
    if (isThere) return place;
    throw new DeploymentFailure(
      'BuildJobFailed',
      `"${this.#request.component.name}" was not built: ${field} "${path}" is no folder of the repository.`,
    );
  }
}

function secondsSince(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
