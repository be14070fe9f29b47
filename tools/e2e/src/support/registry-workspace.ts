import { stopPlatform } from '@odoobo/local-platform/client';
import { execa } from 'execa';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PackageRegistry } from './registry.js';
import { outerEnvironment } from './workspace.js';

const environment = {
  ...outerEnvironment(),
  NX_DAEMON: 'false',
  NX_TUI: 'false',
  NX_ISOLATE_PLUGINS: 'false',
  NO_COLOR: '1',
  CI: '',
  // Packages in the cache of this repository's installation are not downloaded again.
  npm_config_prefer_offline: 'true',
  npm_config_audit: 'false',
  npm_config_update_notifier: 'false',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.invalid',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.invalid',
};

/** A folder without files of this repository, which installs from a registry as any other would. */
export class RegistryWorkspace {
  protected constructor(
    readonly root: string,
    readonly env: Record<string, string> = {},
  ) {}

  static async create(registry: PackageRegistry): Promise<RegistryWorkspace> {
    const root = await realpath(await mkdtemp(join(tmpdir(), 'registry-workspace-')));
    const workspace = new RegistryWorkspace(root);
    await workspace.write('.npmrc', registry.npmrc);
    return workspace;
  }

  /** A workspace in a folder of it. */
  inside(folder: string, env: Record<string, string>): RegistryWorkspace {
    return new RegistryWorkspace(join(this.root, folder), env);
  }

  /** Runs a program in it. @returns its output on stdout @throws with all its output, if it fails */
  async run(command: string, args: string[], env: Record<string, string> = {}): Promise<string> {
    const options = {
      cwd: this.root,
      env: { ...environment, ...this.env, ...env },
      extendEnv: false,
    } as const;
    return (await execa(command, args, options)).stdout;
  }

  /** Runs a program that is installed in it. @param line words, separated by spaces */
  npx(line: string, env?: Record<string, string>): Promise<string> {
    return this.run('npx', ['--no-install', ...line.split(' ')], env);
  }

  async commit(message: string): Promise<void> {
    await this.run('git', ['add', '-A']);
    await this.run('git', ['commit', '-qm', message]);
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.root, path)), { recursive: true });
    await writeFile(join(this.root, path), text);
  }

  read(path: string): Promise<string> {
    return readFile(join(this.root, path), 'utf8');
  }

  /** Stops its processes and deletes it. */
  async close(): Promise<void> {
    await stopPlatform(join(this.root, '.local-platform'));
    await rm(this.root, { recursive: true, force: true });
  }
}
