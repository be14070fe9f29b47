import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from './skills-workspace.js';

const maxBuffer = 64 * 1024 * 1024;

/** A clone of this repository as another user has it: committed files only, with its own packages, daemon and local platform. */
export class Clone {
  private constructor(
    readonly cwd: string,
    readonly env: NodeJS.ProcessEnv,
    readonly signal: AbortSignal,
  ) {}

  /**
   * Passes a folder to clone into. At the end its daemon and its platform are stopped, and it is deleted.
   *
   * @param cache whether to use the machine's npm cache, or an empty one
   */
  static async lend<T>(
    { cache, signal }: { cache: 'warm' | 'cold'; signal: AbortSignal },
    use: (clone: Clone) => Promise<T>,
  ): Promise<T> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'bench-clone-')));
    const env = cleanEnvironment(cache === 'cold' ? join(folder, 'cache') : undefined);
    const clone = new Clone(join(folder, 'clone'), env, signal);
    try {
      return await use(clone);
    } finally {
      await clone.#stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  /** Clones a commit and installs its packages. */
  async install(commit: string): Promise<void> {
    await this.#start('git', ['clone', '-q', '--no-checkout', repository, this.cwd], { signal: this.signal });
    await this.run('git', ['checkout', '-q', '--detach', commit]);
    await this.run('npm', ['ci']);
  }

  /** @returns what the program printed @throws with that output, if it failed */
  async run(file: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const { stdout } = await this.#start(file, args, {
      cwd: this.cwd,
      env: { ...this.env, ...env },
      signal: this.signal,
      maxBuffer,
    });
    return stdout;
  }

  read(file: string): Promise<string> {
    return readFile(join(this.cwd, file), 'utf8');
  }

  async write(file: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.cwd, file)), { recursive: true });
    await writeFile(join(this.cwd, file), text);
  }

  readonly #start = promisify(execFile);

  /** If the installation failed, there is nothing to stop. */
  async #stop(): Promise<void> {
    const { cwd, env } = this;
    await this.#start('npx', ['--no', 'local-platform', 'stop'], { cwd, env }).catch(() => undefined);
    await this.#start('npx', ['--no', 'nx', 'daemon', '--stop'], { cwd, env }).catch(() => undefined);
  }
}

/** The environment without the variables that the npm and the Nx around this run have set for their own workspace. */
function cleanEnvironment(cache: string | undefined): NodeJS.ProcessEnv {
  const outer = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_registry)|NX_|INIT_CWD)/i.test(name),
  );
  return { ...Object.fromEntries(outer), ...(cache && { npm_config_cache: cache }) };
}
