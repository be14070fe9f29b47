import { createHash } from 'node:crypto';
import pLimit from 'p-limit';
import { withoutLinks } from '../process/without-links.js';
import type { Layout } from '../state/layout.js';
import { BuildahEngine } from './buildah-engine.js';
import { type ContainerEngine, type EngineName, engineNames } from './container-engine.js';
import { DockerEngine } from './docker-engine.js';

/** The container engines of this machine, as a platform uses them. */
export class Containers {
  readonly #engines: Record<EngineName, ContainerEngine>;
  readonly #tags: string;
  /** Trying an engine takes it a second. */
  readonly #oneByOne = pLimit(1);
  #working: ContainerEngine | undefined;

  /** @param tried The engines that are tried, in this order. */
  constructor(
    layout: Layout,
    private readonly tried: readonly EngineName[] = engineNames,
  ) {
    this.#engines = {
      podman: new DockerEngine('podman'),
      docker: new DockerEngine('docker'),
      buildah: new BuildahEngine(layout),
    };
    const hash = createHash('sha256').update(withoutLinks(layout.root)).digest('hex');
    this.#tags = `local-platform/${hash.slice(0, 12)}`;
  }

  /** The first that works here, found once. @throws Error that says of each why it does not, and what to do */
  find(): Promise<ContainerEngine> {
    return this.#oneByOne(async () => {
      this.#working ??= await this.#findWorking();
      return this.#working;
    });
  }

  /** Why no engine works here, and what to do; undefined where one does. */
  async gap(): Promise<string | undefined> {
    return this.find().then(
      () => undefined,
      (error: Error) => error.message,
    );
  }

  /** Deletes what builds left that were ended, also by the death of an earlier server. Only while none runs. */
  async tidy(): Promise<void> {
    for (const engine of Object.values(this.#engines)) await engine.tidy().catch(() => undefined);
  }

  named(name: EngineName): ContainerEngine {
    return this.#engines[name];
  }

  /** The tag of a build's image, which no other build of any platform has. */
  tagOf(build: string): string {
    return `${this.#tags}:${build}`;
  }

  async #findWorking(): Promise<ContainerEngine> {
    const problems: string[] = [];
    if (process.platform === 'linux') {
      for (const name of this.tried) {
        const problem = await this.#engines[name].problem();
        if (problem === undefined) return this.#engines[name];
        problems.push(`${name} ${problem}`);
      }
    }
    throw new Error(
      'Dockerfiles and images of registries need a container engine on Linux: install podman, docker or, for root, buildah. ' +
        (process.platform === 'linux'
          ? `None works here: ${problems.join('; ')}.`
          : 'This is another system: run the platform on Linux.'),
    );
  }
}
