import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Containers } from '../containers/containers.js';
import { DeploymentFailure } from '../deployments/failure.js';
import type { SourceVersion } from '../state/app-record.js';
import type { Layout } from '../state/layout.js';
import { type BuildRecord, BuildStore } from './build-store.js';
import { Builder, type Workshop } from './builder.js';
import { Checkouts } from './checkouts.js';
import { withoutCredentials } from './clone-url.js';
import { commandsOf } from './commands.js';
import { DependencyCache } from './dependencies.js';
import { DockerfileBuilder, dockerfileOf } from './dockerfile-build.js';
import { Git, GitError } from './git.js';
import { type Branch, branchOf, gitGaps, gitMistakes, missingRepository } from './git-source.js';
import { hashOf } from './hash.js';
import { KeyedQueue } from './keyed-queue.js';
import { lfsNote } from './lfs.js';
import { CommitNotThere, pruneMirrors } from './mirror.js';
import { findHead } from './remote.js';
import type { Build, BuildRequest, SourceComponent, Unpacked } from './source.js';
import { leaves } from './source-files.js';
import { longestBuildMs, withinTime } from './within-time.js';

const neverAborted = new AbortController().signal;

/** What components are made from in git repositories: cloned, built and kept on this machine. */
export class GitSources {
  readonly git: Git;
  /** Its cache of dependencies is for images, too. */
  readonly workshop: Workshop;
  readonly builds: BuildStore;
  readonly #layout: Layout;
  readonly #dockerfiles: DockerfileBuilder;
  readonly #checkouts: Checkouts;
  readonly #queue = new KeyedQueue();
  readonly #buildMs: number;

  constructor(
    layout: Layout,
    private readonly containers: Containers,
    buildMs = longestBuildMs,
  ) {
    const inCache = (name: string) => join(layout.buildCache, name);
    const commands = commandsOf(layout);
    this.#layout = layout;
    this.#buildMs = buildMs;
    this.git = new Git(layout);
    this.builds = new BuildStore(layout.builds);
    this.#dockerfiles = new DockerfileBuilder(containers, commands);
    this.#checkouts = new Checkouts({
      git: this.git,
      mirrors: this.#mirrors,
      repositories: layout.repositories,
      queue: this.#queue,
    });
    this.workshop = {
      commands,
      home: inCache('home'),
      dependencies: new DependencyCache(inCache('dependencies')),
    };
  }

  async gaps(component: SourceComponent): Promise<string[]> {
    const { dockerfile_path: dockerfile } = component;
    const gap = dockerfile === undefined ? undefined : await this.containers.gap();
    return [...gitGaps(component), ...(gap === undefined ? [] : [`dockerfile_path: ${gap}`])];
  }

  async missing(component: SourceComponent): Promise<string[]> {
    const { source_dir: source, dockerfile_path: dockerfile } = component;
    const output = 'output_dir' in component ? component.output_dir : undefined;
    return [
      ...gitMistakes(component),
      ...(await missingRepository(component, this.#layout.repositories)),
      ...(leaves(dockerfile) ? [`dockerfile_path: "${dockerfile}" leaves the repository`] : []),
      ...(leaves(source) ? [`source_dir: "${source}" leaves the repository`] : []),
      ...(leaves(output) ? [`output_dir: "${output}" leaves the repository`] : []),
    ];
  }

  /** @throws DeploymentFailure, or the reason of `signal`. */
  async newest(component: SourceComponent, signal: AbortSignal): Promise<SourceVersion> {
    const branch = await branchOf(component, this.#layout.repositories);
    try {
      return { commit: await findHead(this.git, branch, signal) };
    } catch (error) {
      signal.throwIfAborted();
      throw unread(branch, error);
    }
  }

  /** @throws DeploymentFailure, or the reason of `signal`. */
  async build(request: BuildRequest): Promise<Build> {
    const branch = await branchOf(request.component, this.#layout.repositories);
    const hash = buildHash(branch, request);
    return this.#queue.run(`build ${hash}`, request.signal, async () => {
      const found = request.force ? undefined : await this.#find(hash);
      const key =
        found ??
        (await withinTime(this.#buildMs, request, (signal) => this.#make(branch, hash, request, signal)));
      requireStart(request, await this.builds.read(key));
      if (found) {
        await this.builds.touch(found);
        await request.log(`reusing the build of commit ${short(request.version)}`);
      }
      return { key, reused: found !== undefined };
    });
  }

  has(key: string): boolean {
    return this.builds.has(key);
  }

  unpack(key: string, folder: string): Promise<Unpacked> {
    return this.builds.unpack(key, folder);
  }

  /** @param environments that others run with; one cache holds those of all. */
  async prune(needed: ReadonlySet<string>, environments: readonly string[] = []): Promise<void> {
    const kept = await this.builds.prune(needed, async ({ engine, tag }) =>
      this.containers.named(engine).untag(tag),
    );
    const own = kept.flatMap(({ dependencies = [] }) => dependencies);
    await this.workshop.dependencies.prune(new Set([...own, ...environments]));
    await pruneMirrors(this.#mirrors, (mirror, work) => this.#queue.run(mirror, neverAborted, work));
  }

  async clean(): Promise<void> {
    await this.workshop.commands.clean();
    await this.containers.tidy();
    await this.builds.clean();
    await this.workshop.dependencies.clean();
    await rm(join(this.#layout.buildCache, 'git'), { recursive: true, force: true });
  }

  get #mirrors(): string {
    return join(this.#layout.buildCache, 'mirrors');
  }

  /** An image may have been deleted in its engine's store. */
  async #find(hash: string): Promise<string | undefined> {
    const key = await this.builds.find(hash);
    const { container } = key === undefined ? {} : await this.builds.read(key);
    if (!container) return key;
    const image = await this.containers
      .named(container.engine)
      .inspect(container.image)
      .catch(() => undefined);
    return image && key;
  }

  /** App Platform would build its Dockerfile: without an engine, what can be built without it is. */
  async #build(folder: string, request: BuildRequest, signal: AbortSignal): Promise<BuildRecord> {
    const { component } = request;
    const dockerfile = await dockerfileOf(join(folder, 'files'), component);
    const gap = dockerfile && (await this.containers.gap());
    if (dockerfile && (gap === undefined || component.dockerfile_path !== undefined))
      return this.#dockerfiles.make(dockerfile, folder, request, signal);
    if (gap !== undefined)
      await request.log(`warning: App Platform would build the Dockerfile, which is ignored. ${gap}`);
    return new Builder(this.workshop, folder, request, signal).make();
  }

  async #make(branch: Branch, hash: string, request: BuildRequest, signal: AbortSignal): Promise<string> {
    const folder = await this.builds.begin();
    try {
      const note = await this.#checkOut(branch, request, join(folder, 'files'), signal);
      const record = await this.#build(folder, request, signal).catch((error: unknown) => {
        if (note === '' || !(error instanceof DeploymentFailure)) throw error;
        throw new DeploymentFailure(error.code, `${error.message} ${note}`, { cause: error });
      });
      return await this.builds.keep(folder, hash, record);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** @returns what may be missing in the files */
  async #checkOut(
    branch: Branch,
    request: BuildRequest,
    folder: string,
    signal: AbortSignal,
  ): Promise<string> {
    const { commit: hash = '' } = request.version;
    const { log } = request;
    try {
      await this.#checkouts.make({ ...branch, hash }, folder, log, signal);
    } catch (error) {
      if (error instanceof GitError || error instanceof CommitNotThere) throw unread(branch, error);
      throw error;
    }
    await log(`cloned ${branch.shown} at commit ${short(request.version)}`);
    const note = await lfsNote(this.git, this.#checkouts.mirrorOf(branch.url), hash, signal);
    if (note !== '') await log(`warning: ${note}`);
    return note;
  }
}

/** Everything that a build is made from; the same hash, the same build. */
function buildHash(branch: Branch, { component, kind, version, env }: BuildRequest): string {
  return hashOf({
    url: withoutCredentials(branch.url),
    commit: version.commit,
    source: component.source_dir,
    slug: component.environment_slug,
    dockerfile: component.dockerfile_path,
    command: component.build_command,
    ...(kind === 'static site' && {
      output: ('output_dir' in component && component.output_dir) || '',
      static: true,
    }),
    env,
    machine: { platform: process.platform, arch: process.arch, node: process.version },
  });
}

function requireStart({ component, kind }: BuildRequest, { cmd }: BuildRecord): void {
  if (kind === 'static site' || component.run_command || cmd.length > 0) return;
  throw new DeploymentFailure(
    'BuildJobFailed',
    `"${component.name}" has no start command: set run_command in the spec, the script "start" in package.json, "web" in the Procfile, or CMD in the Dockerfile.`,
  );
}

function unread(branch: Branch, cause: unknown): DeploymentFailure {
  const message = cause instanceof Error ? cause.message : String(cause);
  const name = branch.branch === undefined ? 'the default branch' : `branch "${branch.branch}"`;
  return new DeploymentFailure(
    'BuildJobFailed',
    `Could not read ${name} of ${branch.shown} (${withoutCredentials(branch.url)}): ${message}`,
    { cause },
  );
}

function short({ commit = '' }: SourceVersion): string {
  return commit.slice(0, 7);
}
