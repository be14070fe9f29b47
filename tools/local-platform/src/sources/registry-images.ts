import { DeadlineError, withDeadline } from '@odoobo/machine/time';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerEngine, EngineImage } from '../containers/container-engine.js';
import type { Containers } from '../containers/containers.js';
import { writeArchive } from '../containers/image-archive.js';
import { DeploymentFailure } from '../deployments/failure.js';
import { describeExit } from '../process/process-group.js';
import type { SourceVersion } from '../state/app-record.js';
import { type BuildStore, recordOf } from './build-store.js';
import type { Commands } from './commands.js';
import { hashOf } from './hash.js';
import { withLogin } from './registry-login.js';
import type { Build, BuildRequest } from './source.js';

/** App Platform does not document its own limit. */
const pullMs = 10 * 60_000;

/** An image in its registry. */
export interface RegistryImage {
  /** Without tag and digest, such as `docker.io/library/nginx`. */
  name: string;
  /** `user:token`; without them this machine's logins are used. */
  credentials: string | undefined;
}

export interface RegistryImagesOptions {
  containers: Containers;
  builds: BuildStore;
  commands: Commands;
  /** For what a pull prints. */
  folder: string;
}

/** Images of registries, pulled by the engine, and kept by digest. */
export class RegistryImages {
  constructor(private readonly options: RegistryImagesOptions) {}

  /**
   * What a tag names now.
   * @throws DeploymentFailure when it cannot be pulled; the reason of `signal`
   */
  async newest(image: RegistryImage, tag: string, signal: AbortSignal): Promise<SourceVersion> {
    const engine = await this.#engine();
    const name = `${image.name}:${tag}`;
    const problem = await this.#pull(engine, name, image.credentials, signal);
    const found = await engine.inspect(name);
    if (!found) throw notPulled(name, problem);
    const digest = problem === undefined ? found.digests[0] : undefined;
    // One that only this machine has is found by its id.
    return { digest: digest ?? `sha256:${found.id}` };
  }

  /**
   * Pulls the image, unless it is there.
   * @throws DeploymentFailure; the reason of the signal
   */
  async build(image: RegistryImage, request: BuildRequest): Promise<Build> {
    const { digest = '' } = request.version;
    const engine = await this.#engine();
    const hash = hashOf({ image: image.name, digest, engine: engine.name });
    const found = await this.#image(engine, image, request);
    const there = await this.options.builds.find(hash);
    if (there !== undefined) {
      await this.options.builds.touch(there);
      return { key: there, reused: false };
    }
    return { key: await this.#keep(engine, hash, found), reused: false };
  }

  /** Takes an image of the local store into the engine's, unless it is there. @throws DeploymentFailure; the reason of the signal */
  async load(store: string, { version, signal }: BuildRequest): Promise<Build> {
    const { digest = '' } = version;
    const { builds, commands, folder } = this.options;
    const engine = await this.#engine();
    const hash = hashOf({ loaded: digest, engine: engine.name });
    const there = await builds.find(hash);
    const { container } = there === undefined ? {} : await builds.read(there);
    if (there !== undefined && container && (await engine.inspect(container.image))) {
      await builds.touch(there);
      return { key: there, reused: false };
    }
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const archive = join(folder, `${randomUUID()}.tar`);
    const output = `${archive}.txt`;
    try {
      const id = await writeArchive(store, digest, archive);
      const env = engine.environment;
      const exit = await commands.run(
        { command: engine.loadCommand(archive), cwd: '/', env, output },
        signal,
      );
      const found = await engine.inspect(id);
      if (!found) throw notPulled(digest, `${engine.name} load ${describeExit(exit)}`);
      return { key: await this.#keep(engine, hash, found), reused: false };
    } finally {
      await rm(archive, { force: true });
      await rm(output, { force: true });
    }
  }

  async #keep(engine: ContainerEngine, hash: string, image: EngineImage): Promise<string> {
    const tag = this.options.containers.tagOf(randomUUID());
    await engine.tag(image.id, tag);
    const record = recordOf(image, { engine: engine.name, image: image.id, user: image.user, tag });
    return this.options.builds.keepImage(hash, record);
  }

  async #image(engine: ContainerEngine, image: RegistryImage, request: BuildRequest): Promise<EngineImage> {
    const { digest = '' } = request.version;
    const name = `${image.name}@${digest}`;
    const there = (await engine.inspect(name)) ?? (await engine.inspect(digest));
    if (there) {
      const isOwn = digest === `sha256:${there.id}`;
      const why = isOwn ? ' by its id: the registry was not reached, or does not have its tag' : '';
      await request.log(`using image ${name} of this machine${why}`);
      return there;
    }
    await request.log(`pulling image ${name} with ${engine.name}`);
    const problem = await this.#pull(engine, name, image.credentials, request.signal);
    const found = problem === undefined ? await engine.inspect(name) : undefined;
    if (!found) throw notPulled(name, problem);
    return found;
  }

  async #engine(): Promise<ContainerEngine> {
    return this.options.containers.find().catch((cause: Error) => {
      throw new DeploymentFailure('BuildJobFailed', cause.message, { cause });
    });
  }

  /** @returns what the engine printed last, when it failed */
  async #pull(
    engine: ContainerEngine,
    name: string,
    credentials: string | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { commands, folder } = this.options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const output = join(folder, `${randomUUID()}.txt`);
    const command = engine.pullCommand(name);
    try {
      const exit = await withLogin(folder, name, credentials, engine.environment, (env) =>
        withDeadline(pullMs, signal, (within) => commands.run({ command, cwd: '/', env, output }, within)),
      );
      if (exit.code === 0) return undefined;
      return (await readFile(output, 'utf8')).trim().split('\n').at(-1) ?? '';
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof DeadlineError) return error.message;
      throw error;
    } finally {
      await rm(output, { force: true });
    }
  }
}

function notPulled(name: string, problem = 'the engine does not have it'): DeploymentFailure {
  return new DeploymentFailure(
    'BuildJobFailed',
    `Image ${name} could not be pulled: ${problem}. Check its name, and log this machine in to its registry, or set registry_credentials.`,
  );
}
