import { randomUUID } from 'node:crypto';
import { mkdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { DeploymentFailure } from '../running/failure.js';
import { buildEnvironment } from './build-environment.js';
import type { BuildRecord } from './build-store.js';
import type { Commands } from './commands.js';
import type { DependencyCache } from './dependencies.js';
import { hashOf } from './hash.js';
import { recipeFor, type Install, type Recipe } from './recipe.js';
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
  readonly #folder: string;
  readonly #request: BuildRequest;
  readonly #workshop: Workshop;
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
    for (const note of recipe.notes) await this.#request.log(note);
    const venv = await this.#install(recipe, cwd);
    const path =
      venv === undefined ? [join(source, 'node_modules', '.bin')] : [join(this.#venv(venv), 'bin')];
    if (recipe.build) await this.#timed('built', () => this.#run(recipe.build ?? [], cwd, this.#first(path)));
    if (kind === 'static site') await this.#keepOutput(source);
    return {
      cmd: recipe.start,
      workingDir: `/${source}`,
      env: recipe.env,
      path,
      ...(venv !== undefined && { dependencies: venv }),
    };
  }

  /** @returns the key of the virtual environment, where there is one. */
  async #install({ install }: Recipe, cwd: string): Promise<string | undefined> {
    if (!install) return undefined;
    const { force, log, env } = this.#request;
    const tool = await this.#toolOf(install, cwd);
    const machine = { platform: process.platform, arch: process.arch, node: process.versions.modules };
    const key = hashOf({ tool, machine, env, inputs: install.inputs, commands: install.commands });
    const request = { key, force, signal: this.#signal };
    const since = performance.now();
    const told = (cached: boolean) =>
      log(`dependencies ${cached ? 'from the cache' : `installed by ${tool}`} in ${secondsSince(since)}`);
    if (install.into === 'venv') {
      const cached = await this.#workshop.dependencies.shared(request, (venv) =>
        this.#makeVenv(venv, install, cwd),
      );
      await told(cached);
      return key;
    }
    const fill = () => this.#runAll(install.commands, cwd, []);
    if (install.anew === undefined) {
      await told(await this.#workshop.dependencies.inPlace(cwd, request, fill, log));
      return undefined;
    }
    await log(`dependencies are installed anew: ${install.anew}`);
    await fill();
    await told(false);
    return undefined;
  }

  async #makeVenv(venv: string, { commands }: Install, cwd: string): Promise<void> {
    await this.#run(['python3', '-m', 'venv', venv], cwd, []);
    await this.#runAll(commands, cwd, [join(venv, 'bin')]);
  }

  async #runAll(commands: string[][], cwd: string, path: string[]): Promise<void> {
    for (const command of commands) await this.#run(command, cwd, path);
  }

  async #run(command: string[], cwd: string, path: string[]): Promise<void> {
    const shown = command[0] === '/bin/sh' ? (command[2] ?? '') : command.join(' ');
    await this.#request.log(`$ ${shown}`);
    const exit = await this.#execute(command, cwd, path, this.#request.output);
    if (exit.code === 0) return;
    const how = exit.code === null ? `was ended by ${exit.signal}` : `exited with code ${exit.code}`;
    throw new DeploymentFailure(
      'BuildJobExitNonZero',
      `"${this.#request.component.name}" was not built: "${shown}" ${how}. What it printed is in the build log.`,
    );
  }

  /** Which version of it installs, in one line. */
  async #toolOf({ version }: Install, cwd: string): Promise<string> {
    const output = join(this.#folder, `${randomUUID()}.txt`);
    try {
      const exit = await this.#execute(version, cwd, [], output);
      if (exit.code !== 0) throw this.#noTool(version, await readFile(output, 'utf8'));
      const name = version[0] === 'python3' ? '' : `${version[0]} `;
      return `${name}${(await readFile(output, 'utf8')).trim().split('\n').at(-1)}`;
    } finally {
      await rm(output, { force: true });
    }
  }

  async #execute(command: string[], cwd: string, path: string[], output: string) {
    const { home, commands } = this.#workshop;
    await mkdir(home, { recursive: true, mode: 0o700 });
    const env = await buildEnvironment(this.#request.env, { home, ceiling: this.#folder, path });
    try {
      return await commands.run({ command, cwd, env, output }, this.#signal);
    } catch (cause) {
      this.#signal.throwIfAborted();
      throw this.#noTool(command, (cause as Error).message, cause);
    }
  }

  #noTool([tool = '']: string[], message: string, cause?: unknown): DeploymentFailure {
    return new DeploymentFailure(
      'BuildJobFailed',
      `"${this.#request.component.name}" was not built: it needs ${tool}. Install it on this machine, then deploy again. ${message.trim()}`,
      { cause },
    );
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

  /** PATH of the build itself: paths of the copy that will run are those of the build for now. */
  #first(path: string[]): string[] {
    return path.map((one) => (one.startsWith('/') ? one : join(this.#folder, 'files', one)));
  }

  #venv(key: string): string {
    return this.#workshop.dependencies.placeOf(key);
  }

  async #timed(what: string, work: () => Promise<void>): Promise<void> {
    const since = performance.now();
    await work();
    await this.#request.log(`${what} in ${secondsSince(since)}`);
  }
}

function secondsSince(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
