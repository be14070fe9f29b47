import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DeploymentFailure } from '../deployments/failure.js';
import { corepackEnvironment } from './build-environment.js';
import { BuildShell } from './build-shell.js';
import type { BuildRecord } from './build-store.js';
import type { Commands } from './commands.js';
import type { DependencyCache } from './dependencies.js';
import { Installer, secondsSince } from './installer.js';
import { corepackPrograms } from './node-recipe.js';
import { processesOf, recipeFor } from './recipe.js';
import type { Recipe } from './recipe-parts.js';
import type { BuildRequest } from './source.js';
import { placeInside, relativePath } from './source-files.js';

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
  readonly #workshop: Workshop;
  readonly #folder: string;
  readonly #request: BuildRequest;
  readonly #signal: AbortSignal;

  /** @param folder Holds the commit's files in `files`; they become the build's. */
  constructor(workshop: Workshop, folder: string, request: BuildRequest, signal: AbortSignal) {
    this.#workshop = workshop;
    this.#folder = folder;
    this.#request = request;
    this.#signal = signal;
  }

  /** @throws DeploymentFailure, or the reason of the signal. */
  async make(): Promise<BuildRecord> {
    const { component, kind, version } = this.#request;
    const source = relativePath(component.source_dir);
    const cwd = await this.#inside(source, 'source_dir');
    const recipe = await recipeFor(cwd, component, kind, version.commit ?? '');
    const venvs = await this.#carryOut(recipe, cwd);
    const processes = await processesOf(cwd);
    if (kind === 'static site') await this.#keepOutput(source);
    const [dependencies] = venvs;
    const { start, settings, env } = recipe;
    const { home } = this.#workshop;
    const usesCorepack = recipe.path.includes(corepackPrograms);
    return {
      cmd: start,
      processes,
      workingDir: `/${source}`,
      env: { ...(usesCorepack && corepackEnvironment(home)), ...settings, ...env },
      path: this.#pathOf(recipe, venvs, source),
      ...(dependencies !== undefined && { dependencies }),
    };
  }

  /** @returns the keys of the virtual environments that were made or found */
  async #carryOut(recipe: Recipe, cwd: string): Promise<string[]> {
    const { commands, home, dependencies } = this.#workshop;
    const request = { ...this.#request, env: { ...recipe.settings, ...this.#request.env } };
    const { log } = request;
    const shell = new BuildShell({ commands, home, folder: this.#folder, request, signal: this.#signal });
    const installer = new Installer(dependencies, shell, request, this.#signal);
    for (const note of recipe.notes) await log(note);
    for (const command of recipe.needs) await log(await shell.lastLine(command, cwd));
    const venvs: string[] = [];
    for (const install of recipe.installs) {
      const venv = await installer.install(install, cwd);
      if (venv !== undefined) venvs.push(venv);
    }
    const path = this.#pathOf(recipe, venvs, cwd);
    const since = performance.now();
    for (const command of recipe.build) await shell.run(command, cwd, { path, advice: recipe.advice });
    if (recipe.build.length > 0) await log(`built in ${secondsSince(since)}`);
    return venvs;
  }

  #pathOf({ path, programs }: Recipe, venvs: readonly string[], source: string): string[] {
    const installed = venvs.map((venv) => join(this.#workshop.dependencies.placeOf(venv), 'bin'));
    const own = [...programs, 'node_modules/.bin'].map((folder) => join(source, folder));
    return [...installed, ...path, ...own];
  }

  /** Deletes everything of the build except what the site serves. */
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

  /** Without any of the usual folders, the site is the whole repository. */
  async #findOutput(source: string): Promise<string> {
    for (const name of outputFolders) {
      const path = join(source, name);
      if (await isFolder(join(this.#folder, 'files', path))) return path;
    }
    return source;
  }

  /** A folder of the build, which a link may not lead out of. */
  async #inside(path: string, field: string): Promise<string> {
    const place = await placeInside(join(this.#folder, 'files'), path);
    if (place !== undefined && (await isFolder(place))) return place;
    throw new DeploymentFailure(
      'BuildJobFailed',
      `"${this.#request.component.name}" was not built: ${field} "${path}" is not a folder of the repository.`,
    );
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
