import { randomUUID } from 'node:crypto';
import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { type ImageStore, workingDirectoryOf } from '../images/image-store.js';
import { BuildShell } from './build-shell.js';
import type { Workshop } from './builder.js';
import { Installer } from './installer.js';
import { pythonRecipe } from './python-recipe.js';
import type { BuildRequest } from './source.js';
import { readIfThere } from './source-files.js';
import { longestBuildMs, withinTime } from './within-time.js';

/** Each takes a processor. */
const installsAtOnce = 2;

/** The build-time variables of a spec that an install may read. A new value of any other would make a new environment. */
const readByPip = /^PIP_/;

/**
 * Virtual environments for images of Python programs. Such an image runs `python`, and names in the requirements.txt of its
 * working directory what it needs; it holds none of it, because wheels differ from machine to machine. Images that name
 * the same share an environment, which is made before the first of them starts.
 */
export class ImageEnvironments {
  readonly #limit = pLimit(installsAtOnce);

  constructor(
    private readonly images: ImageStore,
    private readonly workshop: Workshop,
    /** The folder for images that are being read. */
    private readonly folder: string,
  ) {}

  /**
   * @returns the key of the environment that the image runs in; undefined where it needs none
   * @throws DeploymentFailure where there is no interpreter or the install fails; ImageError; the reason of the signal
   */
  async make(digest: string, request: BuildRequest): Promise<string | undefined> {
    const { entrypoint, cmd } = await this.images.config(digest);
    if ([...entrypoint, ...cmd][0] !== 'python') return undefined;
    return this.#limit(() =>
      withinTime(longestBuildMs, request, (signal) => this.#install(digest, request, signal)),
    );
  }

  /** The folder of its programs. @throws Error when the environment is not there any more */
  async binOf(key: string): Promise<string> {
    const bin = join(this.workshop.dependencies.placeOf(key), 'bin');
    await access(join(bin, 'python')).catch((cause: unknown) => {
      throw new Error(`${bin} no longer exists. Deploy again to reinstall it.`, { cause });
    });
    return bin;
  }

  /** Deletes what unfinished reads of images left. */
  async clean(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async #install(digest: string, request: BuildRequest, signal: AbortSignal): Promise<string | undefined> {
    signal.throwIfAborted();
    const folder = join(this.folder, randomUUID());
    const files = join(folder, 'files');
    try {
      const cwd = workingDirectoryOf(await this.images.unpack(digest, files), files);
      if ((await readIfThere(join(cwd, 'requirements.txt'))) === undefined) return undefined;
      const {
        installs: [install],
      } = await pythonRecipe(cwd, request.component, digest);
      // Never reinstalled: what runs in it now would lose its modules, and the same requirements give the same result.
      const own = { ...request, env: pipVariables(request.env), force: false };
      const shell = new BuildShell({ ...this.workshop, folder, request: own, signal });
      return (
        install && (await new Installer(this.workshop.dependencies, shell, own, signal).install(install, cwd))
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

function pipVariables(env: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => readByPip.test(name)));
}
