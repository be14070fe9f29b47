import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DeploymentFailure } from '../deployments/failure.js';
import { BuildShell } from './build-shell.js';
import type { BuildRecord } from './build-store.js';
import type { Commands } from './commands.js';
import type { DependencyCache } from './dependencies.js';
import { Installer, secondsSince } from './installer.js';
import { processesOf, recipeFor } from './recipe.js';
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
  readonly #dependencies: DependencyCache;
  readonly #folder: string;
  readonly #request: BuildRequest;
  readonly #shell: BuildShell;
  readonly #installer: Installer;

  /** @param folder Holds the commit's files in `files`; they become the build's. */
  constructor(workshop: Workshop, folder: string, request: BuildRequest, signal: AbortSignal) {
    const { commands, home } = workshop;
    this.#dependencies = workshop.dependencies;
    this.#folder = folder;
    this.#request = request;
    this.#shell = new BuildShell({ commands, home, folder, request, signal });
    this.#installer = new Installer(workshop.dependencies, this.#shell, request, signal);
  }

  /** @throws DeploymentFailure, or the reason of the signal. */
  async make(): Promise<BuildRecord> {
    const { component, kind, version, log } = this.#request;
    const source = relativePath(component.source_dir);
    const cwd = await this.#inside(source, 'source_dir');
    const recipe = await recipeFor(cwd, component, kind, version.commit ?? '');
    const { needs, installs, build, start, env, notes } = recipe;
    for (const note of notes) await log(note);
    for (const command of needs) await log(await this.#shell.lastLine(command, cwd));
    const venvs: string[] = [];
    for (const install of installs) {
      const venv = await this.#installer.install(install, cwd);
      if (venv !== undefined) venvs.push(venv);
    }
    const absolute = [...venvs.map((venv) => join(this.#dependencies.placeOf(venv), 'bin')), ...recipe.path];
    const own = join(source, 'node_modules', '.bin');
    const since = performance.now();
    for (const command of build)
      await this.#shell.run(command, cwd, { path: [...absolute, join(this.#folder, 'files', own)] });
    if (build.length > 0) await log(`built in ${secondsSince(since)}`);
    const processes = await processesOf(cwd);
    if (kind === 'static site') await this.#keepOutput(source);
    const [dependencies] = venvs;
    return {
      cmd: start,
      processes,
      workingDir: `/${source}`,
      env,
      path: [...absolute, own],
      ...(dependencies !== undefined && { dependencies }),
    };
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
