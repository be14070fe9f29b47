import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DeploymentFailure } from '../deployments/failure.js';
import type { Exit } from '../process/process-group.js';
import { buildEnvironment } from './build-environment.js';
import type { Commands } from './commands.js';
import type { BuildRequest } from './source.js';

export interface ShellOptions {
  commands: Commands;
  /** The home of all builds. */
  home: string;
  /** Around the build's files. */
  folder: string;
  request: BuildRequest;
  signal: AbortSignal;
}

export interface RunOptions {
  /** Folders that come first on PATH. */
  path?: readonly string[];
  /** What to do when the command fails. */
  advice?: string | undefined;
}

/** Runs the commands of one build; what they print goes to its log. */
export class BuildShell {
  constructor(private readonly options: ShellOptions) {}

  /** @throws DeploymentFailure when the command fails or cannot be executed; the reason of the signal */
  async run(command: readonly string[], cwd: string, { path = [], advice }: RunOptions = {}): Promise<void> {
    const { request } = this.options;
    const shown = command[0] === '/bin/sh' ? (command[2] ?? '') : command.join(' ');
    await request.log(`$ ${shown}`);
    const exit = await this.#execute(command, cwd, path, request.output);
    if (exit.code === 0) return;
    const how = exit.code === null ? `was ended by ${exit.signal}` : `exited with code ${exit.code}`;
    throw new DeploymentFailure(
      'BuildJobExitNonZero',
      `"${request.component.name}" was not built: "${shown}" ${how}. See the build log for its output.` +
        (advice === undefined ? '' : ` ${advice}`),
    );
  }

  /** The last line that a tool prints, kept out of the log. @throws DeploymentFailure when the tool is not there */
  async lastLine(command: readonly string[], cwd: string): Promise<string> {
    const output = join(this.options.folder, `${randomUUID()}.txt`);
    try {
      const exit = await this.#execute(command, cwd, [], output);
      const printed = (await readFile(output, 'utf8')).trim();
      if (exit.code !== 0) throw this.#missing(command, printed);
      return printed.split('\n').at(-1) ?? '';
    } finally {
      await rm(output, { force: true });
    }
  }

  async #execute(
    command: readonly string[],
    cwd: string,
    path: readonly string[],
    output: string,
  ): Promise<Exit> {
    const { home, commands, folder, request, signal } = this.options;
    await mkdir(home, { recursive: true, mode: 0o700 });
    const env = await buildEnvironment(request.env, { home, ceiling: folder, path });
    return commands.run({ command, cwd, env, output }, signal);
  }

  #missing([program = '', called = '']: readonly string[], message: string): DeploymentFailure {
    const { name } = this.options.request.component;
    // Corepack is only how a package manager is called.
    const tool = program === 'corepack' ? called : program;
    return new DeploymentFailure(
      'BuildJobFailed',
      `"${name}" was not built: it needs ${tool}. Install it on this machine, then deploy again. ${message}`,
    );
  }
}
