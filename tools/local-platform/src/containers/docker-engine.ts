import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { markEnvironment } from '../process/mark.js';
import type {
  ContainerCommand,
  ContainerEngine,
  ContainerStart,
  EngineImage,
  ImageBuild,
} from './container-engine.js';
import { answerOf, engineEnvironment, EngineError, variableOptions, variablesOf } from './engine-program.js';

const words = z.array(z.string()).nullish();
const inspectedSchema = z.tuple([
  z.object({
    Id: z.string(),
    RepoDigests: words,
    Config: z.object({
      Env: words,
      Cmd: words,
      Entrypoint: words,
      WorkingDir: z.string().nullish(),
      User: z.string().nullish(),
    }),
  }),
]);

/** What a container runtime ends with when the image lacks the program: everything else worked. */
const noSuchProgram = 127;

/** docker, and podman, which takes the same commands. Their stores are the machine's own. */
export class DockerEngine implements ContainerEngine {
  readonly environment = engineEnvironment();

  constructor(readonly name: 'docker' | 'podman') {}

  async problem(): Promise<string | undefined> {
    const context = await mkdtemp(join(tmpdir(), 'local-platform-engine-'));
    const image = `local-platform/probe:${process.pid}`;
    try {
      await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n');
      await this.#ask('build', '--quiet', '--tag', image, context);
      await this.#ask('run', '--rm', '--network', 'host', image, '/none');
      return 'ran a program that is not there';
    } catch (error) {
      return error instanceof EngineError && error.exitCode === noSuchProgram
        ? undefined
        : (error as Error).message.replace(`${this.name} `, '');
    } finally {
      await this.untag(image).catch(() => undefined);
      await rm(context, { recursive: true, force: true });
    }
  }

  buildCommand({ context, dockerfile, tag, args, force, isReproducible = false }: ImageBuild): string[] {
    return [
      this.name,
      'build',
      ...['--file', dockerfile, '--tag', tag, '--force-rm'],
      ...(force ? ['--no-cache'] : []),
      ...(isReproducible && this.name === 'podman' ? ['--timestamp', '0'] : []),
      ...args.flatMap((arg) => ['--build-arg', arg]),
      context,
    ];
  }

  pullCommand(reference: string): string[] {
    return [this.name, 'pull', '--quiet', reference];
  }

  saveCommand(image: string, archive: string): string[] {
    return [this.name, 'save', '--output', archive, image];
  }

  loadCommand(archive: string): string[] {
    return [this.name, 'load', '--quiet', '--input', archive];
  }

  async inspect(image: string): Promise<EngineImage | undefined> {
    const found = await this.#ask('image', 'inspect', image).catch(notThere);
    if (found === undefined) return undefined;
    const [{ Id: id, RepoDigests: digests, Config: config }] = inspectedSchema.parse(JSON.parse(found));
    return {
      id: id.replace('sha256:', ''),
      digests: (digests ?? []).map((one) => one.slice(one.indexOf('@') + 1)),
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
    await this.#ask('rmi', tag).catch(notThere);
  }

  async copyOut(image: string, path: string, folder: string): Promise<void> {
    const container = (await this.#ask('create', image, '/none')).trim();
    try {
      await this.#ask('cp', `${container}:${path}`, folder);
    } finally {
      await this.#ask('rm', '--force', container);
    }
  }

  /** The client passes signals on. Where the container's processes are found like any other, their memory is watched. */
  async start(start: ContainerStart): Promise<ContainerCommand> {
    const { name, container, command, env, mark, memoryBytes } = start;
    await this.remove(name);
    const areFound = process.getuid?.() === 0 || this.name === 'podman';
    const marks = Object.entries(markEnvironment({ ...mark, client: this.name }));
    const [program = '', ...args] = command;
    const variables = variableOptions('--env', env, this.environment);
    return {
      command: [
        this.name,
        'run',
        ...['--name', name, '--network', 'host', '--pull', 'never', '--log-driver', 'none'],
        ...(areFound ? [] : ['--memory', `${memoryBytes}b`]),
        ...(this.name === 'podman' ? ['--http-proxy=false'] : []),
        ...variables.options,
        ...marks.flatMap(([variable, value]) => ['--env', `${variable}=${value}`]),
        ...['--entrypoint', program, container.image, ...args],
      ],
      env: variables.env,
    };
  }

  async remove(name: string): Promise<void> {
    await this.#ask('rm', '--force', '--volumes', name).catch(notThere);
  }

  /** docker's daemon ends what it runs for a build itself. */
  async tidy(): Promise<void> {
    return undefined;
  }

  #ask(...args: string[]): Promise<string> {
    return answerOf([this.name, ...args], this.environment);
  }
}

/** @throws the error, when it is another one */
function notThere(error: Error): undefined {
  if (
    /no such (image|container|object)|image not known|no container with|already in progress/i.test(
      error.message,
    )
  )
    return undefined;
  throw error;
}
