import { randomUUID } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerEngine } from '../containers/container-engine.js';
import type { Containers } from '../containers/containers.js';
import { variableOptions } from '../containers/engine-program.js';
import { shortNames } from '../containers/short-names.js';
import { DeploymentFailure } from '../deployments/failure.js';
import { readTail } from '../logs/read-log.js';
import { describeExit } from '../process/process-group.js';
import { type BuildRecord, recordOf } from './build-store.js';
import type { Commands } from './commands.js';
import { secondsSince } from './installer.js';
import { isSlug } from './recipe.js';
import type { BuildRequest, SourceComponent } from './source.js';
import { placeInside, relativePath } from './source-files.js';

/** A Dockerfile of a commit, and the folder whose files it may copy; absolute paths. */
export interface Dockerfile {
  path: string;
  context: string;
}

/**
 * The Dockerfile that App Platform builds a component from: the one that the spec names, or the one in its source_dir, unless the
 * spec names a buildpack that there is: https://docs.digitalocean.com/products/app-platform/reference/dockerfile/
 * @throws DeploymentFailure when what the spec names is not there
 */
export async function dockerfileOf(
  files: string,
  { name, dockerfile_path: wanted, source_dir: source, environment_slug: slug }: SourceComponent,
): Promise<Dockerfile | undefined> {
  if (wanted === undefined && isSlug(slug)) return undefined;
  const context = await placeInside(files, relativePath(source));
  const path = await placeInside(
    files,
    wanted === undefined ? join(relativePath(source), 'Dockerfile') : relativePath(wanted),
  );
  const isFile = path !== undefined && (await stat(path)).isFile();
  if (isFile && context !== undefined) return { path, context };
  if (wanted === undefined) return undefined;
  const what = isFile
    ? `source_dir "${source}" is not a folder`
    : `dockerfile_path "${wanted}" is not a file`;
  throw new DeploymentFailure('BuildJobFailed', `"${name}" was not built: ${what} of the repository.`);
}

/** Builds images from Dockerfiles. */
export class DockerfileBuilder {
  #builds = 0;

  constructor(
    private readonly containers: Containers,
    private readonly commands: Commands,
  ) {}

  /**
   * Of a static site, the files that it serves are copied out of the image.
   * @param folder Holds the commit in `files`, which is deleted once the image is there.
   * @throws DeploymentFailure, or the reason of the signal
   */
  async make(
    { path, context }: Dockerfile,
    folder: string,
    request: BuildRequest,
    signal: AbortSignal,
  ): Promise<BuildRecord> {
    const engine = await this.#engine(request);
    const tag = this.containers.tagOf(randomUUID());
    const registries = join(folder, 'registries.conf');
    const names = await shortNames(engine.name, registries);
    const { args, env } = buildArguments(request, { ...engine.environment, ...names });
    const command = engine.buildCommand({ context, dockerfile: path, tag, args, force: request.force });
    await request.log(`building ${path.slice(join(folder, 'files').length + 1)} with ${engine.name}`);
    const since = performance.now();
    try {
      await this.#run(command, env, request, signal);
      const image = await engine.inspect(tag);
      if (!image) throw new Error(`${engine.name} says that it built ${tag}, and does not have it.`);
      await request.log(`built image ${image.id.slice(0, 12)} in ${secondsSince(since)}`);
      await rm(join(folder, 'files'), { recursive: true, force: true });
      if (request.kind === 'static site') {
        await this.#copySite(engine, image.id, join(folder, 'files'), request);
        await engine.untag(tag);
        return { cmd: [], workingDir: '/', env: {}, path: [] };
      }
      await mkdir(join(folder, 'files'));
      return recordOf(image, { engine: engine.name, image: image.id, user: image.user, tag });
    } catch (error) {
      await engine.untag(tag).catch(() => undefined);
      throw error;
    } finally {
      await rm(registries, { force: true });
    }
  }

  async #engine({ component }: BuildRequest): Promise<ContainerEngine> {
    return this.containers.find().catch((cause: Error) => {
      throw new DeploymentFailure('BuildJobFailed', `"${component.name}" was not built: ${cause.message}`, {
        cause,
      });
    });
  }

  async #run(
    command: readonly string[],
    env: Record<string, string>,
    { component, output }: BuildRequest,
    signal: AbortSignal,
  ): Promise<void> {
    this.#builds++;
    try {
      const exit = await this.commands.run({ command, cwd: '/', env, output }, signal);
      if (exit.code === 0) return;
      const [last = ''] = await readTail(output, 1);
      throw new DeploymentFailure(
        'BuildJobExitNonZero',
        `"${component.name}" was not built: the build of its Dockerfile ${describeExit(exit)}. ` +
          `It printed last: ${last.trim()} See the build log for more.${adviceOn(last)}`,
      );
    } finally {
      this.#builds--;
      // A build that was ended leaves a container of its own; one of a build that runs looks the same.
      if (this.#builds === 0) await this.containers.tidy();
    }
  }

  async #copySite(
    engine: ContainerEngine,
    image: string,
    files: string,
    { component }: BuildRequest,
  ): Promise<void> {
    const output = 'output_dir' in component ? component.output_dir : undefined;
    const failed = (why: string, cause?: unknown): DeploymentFailure =>
      new DeploymentFailure('BuildJobFailed', `"${component.name}" was not built: ${why}`, { cause });
    if (!output)
      throw failed('a static site from a Dockerfile needs output_dir: the folder of the image to serve.');
    await engine.copyOut(image, output, files).catch((cause: Error) => {
      throw failed(`output_dir "${output}" is not a folder of the image: ${cause.message}.`, cause);
    });
  }
}

/** docker takes a short name to be one of Docker Hub, and so does App Platform; podman and buildah need to be told. */
function adviceOn(line: string): string {
  return line.includes('short-name')
    ? ' Write the whole name in FROM, such as docker.io/library/caddy:2, or set unqualified-search-registries = ["docker.io"] in /etc/containers/registries.conf.'
    : '';
}

/** All variables of the build are build arguments, as on App Platform. */
function buildArguments(request: BuildRequest, environment: Record<string, string>) {
  const { options, env } = variableOptions('', request.env, environment);
  return { args: options.filter((option) => option !== ''), env };
}
