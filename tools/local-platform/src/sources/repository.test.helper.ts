import type { AppSpec } from '@odoobo/app-platform/spec';
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Containers } from '../containers/containers.js';
import { imageStoreOf } from '../images/image-store.js';
import { type Layout, layoutOf } from '../state/layout.js';
import { SecretBox } from '../state/secrets.js';
import { temporaryFolder } from '../testing/platform.test.helper.js';
import { openSources } from './open-sources.js';
import { mapRepository } from './repositories.js';
import type { Build, BuildRequest, SourceComponent, Sources } from './source.js';

const run = promisify(execFile);

/** Settings of git itself: the user may have hooks, a signing key, or another name for the first branch. */
const env = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@localhost',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@localhost',
};

/** A bare repository, and a clone of it that is committed in and pushed from. */
export class TestRepository {
  private constructor(
    readonly origin: string,
    readonly clone: string,
  ) {}

  static async create(files: Record<string, string>): Promise<TestRepository> {
    const folder = await temporaryFolder();
    const repository = new TestRepository(join(folder, 'origin.git'), join(folder, 'clone'));
    await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', repository.origin], { env });
    await run('git', ['clone', '--quiet', repository.origin, repository.clone], { env });
    await repository.git('checkout', '--quiet', '-B', 'main');
    await repository.push(files);
    return repository;
  }

  /** Writes files, commits them and pushes. @returns the commit */
  async push(files: Record<string, string>, branch = 'main'): Promise<string> {
    for (const [name, text] of Object.entries(files)) {
      const file = join(this.clone, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--allow-empty', '--message', 'Change');
    await this.git('push', '--quiet', '--force', 'origin', `HEAD:refs/heads/${branch}`);
    return this.head();
  }

  /** Commits another repository, at the commit that it has now, and pushes. */
  async addSubmodule(origin: string, path: string): Promise<void> {
    await run(
      'git',
      ['-C', this.clone, '-c', 'protocol.file.allow=always', 'submodule', 'add', '--quiet', origin, path],
      { env },
    );
    await this.push({});
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.clone, name), { recursive: true });
  }

  head(): Promise<string> {
    return this.git('rev-parse', 'HEAD');
  }

  async git(...args: string[]): Promise<string> {
    const { stdout } = await run('git', ['-C', this.clone, ...args], { env });
    return stdout.trim();
  }
}

/** A platform's folder with its sources, and what a build there printed. */
export class TestSources {
  readonly layout: Layout;
  readonly sources: Sources;
  readonly output: string;

  constructor(
    readonly folder: string,
    sources?: Sources,
  ) {
    this.layout = layoutOf(folder);
    const containers = new Containers(this.layout);
    const secrets = new SecretBox(Buffer.alloc(32));
    this.sources =
      sources ?? openSources({ layout: this.layout, images: imageStoreOf(folder), containers, secrets });
    this.output = join(folder, 'build.log');
  }

  /** With `owner/name` mapped to a repository. */
  static async of(repository: TestRepository): Promise<TestSources> {
    const folder = await temporaryFolder();
    await mapRepository(folder, 'owner/name', repository.origin);
    return new TestSources(folder);
  }

  /** Builds the newest commit, or the one that is named. */
  async build(component: SourceComponent, request: Partial<BuildRequest> = {}): Promise<Build> {
    const signal = request.signal ?? AbortSignal.timeout(120_000);
    const version = request.version ?? (await this.sources.newest(component, signal));
    await writeFile(this.output, '', { flag: 'a' });
    return this.sources.build({
      component,
      kind: 'service',
      version,
      env: {},
      force: false,
      output: this.output,
      log: (line) => writeFile(this.output, `[platform] ${line}\n`, { flag: 'a' }),
      signal,
      ...request,
    });
  }

  /** Unpacks a build into a new folder. */
  async unpack(build: Build) {
    const folder = join(await temporaryFolder(), 'copy');
    return { folder, ...(await this.sources.unpack(build.key, folder)) };
  }

  /** What was printed since the last call. */
  async printed(): Promise<string> {
    const text = await readFile(this.output, 'utf8');
    await rm(this.output);
    return text;
  }
}

type Service = NonNullable<AppSpec['services']>[number];

/** A service of `owner/name` on GitHub, on the branch main. */
export function service(fields: Partial<Service> = {}): Service {
  return { name: 'web', github: { repo: 'owner/name', branch: 'main' }, ...fields };
}

/** Whether a command can be executed on this machine. */
export async function isThere(program: string, ...args: string[]): Promise<boolean> {
  return run(program, args).then(
    () => true,
    () => false,
  );
}

/** Tells corepack and builds where npm gets its packages. @returns whether there are any */
export async function useRegistryOfNpm(): Promise<boolean> {
  // Corepack does not read the configuration of npm, and a mirror of its registry may lack signatures.
  const { stdout } = await run('npm', ['config', 'get', 'registry'], { cwd: tmpdir() });
  process.env['COREPACK_NPM_REGISTRY'] ??= stdout.trim().replace(/\/$/, '');
  process.env['COREPACK_INTEGRITY_KEYS'] ??= '0';
  return isThere('npm', 'view', 'ms@2.1.3', 'version');
}
