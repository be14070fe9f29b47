import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import * as z from 'zod';
import { replaceFile } from '../state/atomic-file.js';
import type { Layout } from '../state/layout.js';
import { containerFolderOf, ownerFile } from '../state/work-folders.js';
import type {
  ContainerCommand,
  ContainerEngine,
  ContainerStart,
  EngineImage,
  ImageBuild,
} from './container-engine.js';
import { answerOf, engineEnvironment, findProgram, variablesOf } from './engine-program.js';
import { completeRoot, ofKernel, userOf } from './root-of-image.js';

const words = z.array(z.string()).nullish();
const inspectedSchema = z.object({
  FromImageID: z.string(),
  FromImageDigest: z.string(),
  OCIv1: z.object({
    config: z
      .object({
        Env: words,
        Cmd: words,
        Entrypoint: words,
        WorkingDir: z.string().optional(),
        User: z.string().optional(),
      })
      .default({}),
  }),
});

const infoSchema = z.object({ store: z.object({ GraphDriverName: z.string(), GraphRoot: z.string() }) });

/** What docker sets where an image does not. */
const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Mounts what the kernel offers into the root, in a mount namespace of its own that ends with the process. */
const mountKernel =
  'root=$1 mount=$2; shift 2; ' +
  `for one in ${ofKernel.join(' ')}; do "$mount" --rbind "/$one" "$root/$one" || exit 126; done; exec "$@"`;

/**
 * buildah, which needs no daemon and no namespace but that of mounts: builds in a chroot, and here runs in one, too. A container
 * is a process like any other of the platform, and hidden from nothing but files. `buildah run` is not used, because it
 * kills what it runs on SIGTERM. Its images are in a store of this platform, which also sees those of the machine's.
 */
export class BuildahEngine implements ContainerEngine {
  readonly name = 'buildah';
  readonly environment = { ...engineEnvironment(), BUILDAH_ISOLATION: 'chroot' };
  #options: string[] = [];

  constructor(private readonly layout: Layout) {}

  async problem(): Promise<string | undefined> {
    const name = `probe-${randomUUID()}`;
    try {
      if (process.getuid?.() !== 0) return 'runs containers here only as root';
      await this.#open();
      await this.#ask('from', '--name', name, 'scratch');
      const root = await this.#mount(name);
      await completeRoot(root, '/');
      const { command, env } = await this.#enter(root, { uid: 0, gid: 0 }, '/', ['/none']);
      await answerOf(command, env);
      return 'ran a program that is not there';
    } catch (error) {
      const { exitCode, message } = error as Error & { exitCode?: number };
      return exitCode === 127 ? undefined : message.replace('buildah ', '');
    } finally {
      await this.remove(name).catch(() => undefined);
    }
  }

  buildCommand({ context, dockerfile, tag, args, force, isReproducible = false }: ImageBuild): string[] {
    return [
      ...this.#command(),
      'build',
      ...['--isolation', 'chroot', '--layers', '--force-rm', '--file', dockerfile, '--tag', tag],
      ...(force ? ['--no-cache'] : []),
      ...(isReproducible ? ['--timestamp', '0'] : []),
      ...args.flatMap((arg) => ['--build-arg', arg]),
      context,
    ];
  }

  pullCommand(reference: string): string[] {
    return [...this.#command(), 'pull', '--quiet', '--policy', 'always', reference];
  }

  saveCommand(image: string, archive: string): string[] {
    return [...this.#command(), 'push', '--quiet', image, `docker-archive:${archive}`];
  }

  loadCommand(archive: string): string[] {
    return [...this.#command(), 'pull', '--quiet', `docker-archive:${archive}`];
  }

  async inspect(image: string): Promise<EngineImage | undefined> {
    await this.#open();
    const found = await this.#ask('inspect', '--type', 'image', image.replace(/^sha256:/, '')).catch(
      notThere,
    );
    if (found === undefined) return undefined;
    const { FromImageID: id, FromImageDigest: digest, OCIv1 } = inspectedSchema.parse(JSON.parse(found));
    const { config } = OCIv1;
    return {
      id,
      digests: [digest],
      entrypoint: config.Entrypoint ?? [],
      cmd: config.Cmd ?? [],
      env: variablesOf(config.Env),
      workingDir: config.WorkingDir || '/',
      user: config.User ?? '',
    };
  }

  async tag(image: string, tag: string): Promise<void> {
    await this.#ask('tag', image, tag);
  }

  async untag(tag: string): Promise<void> {
    await this.#open();
    await this.#ask('rmi', tag).catch(notThere);
  }

  async copyOut(image: string, path: string, folder: string): Promise<void> {
    const name = `copy-${randomUUID()}`;
    await this.#open();
    await this.#ask('from', '--pull-never', '--name', name, image);
    try {
      const root = await realpath(await this.#mount(name));
      const wanted = await realpath(join(root, path));
      if (!wanted.startsWith(root + sep)) throw new Error(`${path} leads out of the image`);
      await cp(wanted, folder, { recursive: true });
    } finally {
      await this.remove(name);
    }
  }

  async start({ name, container, command, env, workingDir }: ContainerStart): Promise<ContainerCommand> {
    await this.#open();
    await this.remove(name);
    await this.#ask('from', '--pull-never', '--name', name, container.image);
    const root = await this.#mount(name);
    const user = await userOf(root, container.user);
    await completeRoot(root, workingDir);
    const entered = await this.#enter(root, user, workingDir, command);
    return { command: entered.command, env: { PATH: usualPath, HOME: user.home, ...env } };
  }

  async tidy(): Promise<void> {
    if (!existsSync(containerFolderOf(this.layout))) return;
    await this.#open();
    const names = (await this.#ask('containers', '--format', '{{.ContainerName}}')).split('\n');
    for (const name of names) if (/working-container(-\d+)?$/.test(name)) await this.remove(name);
  }

  async remove(name: string): Promise<void> {
    await this.#open();
    await this.#ask('rm', name).catch(notThere);
  }

  /** Finds the machine's store, once, and makes the platform's. */
  async #open(): Promise<void> {
    if (this.#options.length > 0) return;
    const info = await answerOf(['buildah', 'info'], this.environment);
    const { GraphDriverName: driver, GraphRoot: machine } = infoSchema.parse(JSON.parse(info)).store;
    const folder = containerFolderOf(this.layout);
    await mkdir(folder, { recursive: true, mode: 0o711 });
    await replaceFile(join(folder, '..', ownerFile), this.layout.root);
    this.#options = [
      ...['--root', join(folder, 'storage'), '--runroot', join('/run', folder), '--storage-driver', driver],
      ...['--storage-opt', `${driver}.imagestore=${machine}`],
    ];
  }

  async #mount(name: string): Promise<string> {
    return (await this.#ask('mount', name)).trim();
  }

  async #enter(
    root: string,
    { uid, gid }: { uid: number; gid: number },
    workingDir: string,
    command: readonly string[],
  ): Promise<ContainerCommand> {
    const [unshare, mount] = [await findProgram('unshare'), await findProgram('mount')];
    return {
      command: [
        ...[unshare, '--mount', '--propagation', 'private', '--'],
        ...['/bin/sh', '-c', mountKernel, 'sh', root, mount],
        ...[unshare, `--root=${root}`, `--wd=${workingDir}`, `--setgid=${gid}`, `--setuid=${uid}`, '--'],
        ...command,
      ],
      env: this.environment,
    };
  }

  #command(): string[] {
    return ['buildah', ...this.#options];
  }

  #ask(...args: string[]): Promise<string> {
    return answerOf([...this.#command(), ...args], this.environment);
  }
}

/** @throws the error, when it is another one */
function notThere(error: Error): undefined {
  if (
    /image not known|not found in local storage|container not known|container.* does not exist/i.test(
      error.message,
    )
  )
    return undefined;
  throw error;
}
