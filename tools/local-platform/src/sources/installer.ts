import { join } from 'node:path';
import type { BuildShell } from './build-shell.js';
import type { DependencyCache } from './dependencies.js';
import { hashOf } from './hash.js';
import type { Install } from './recipe-parts.js';
import type { BuildRequest } from './source.js';

const venvAdvice = 'Its module venv may be missing: on Debian, install python3-venv. Then deploy again.';

const pipAdvice =
  'Check that the package index of your pip configuration (PIP_INDEX_URL, pip.conf) is reachable and has these versions for this Python.';

/** Installs what a build or an image depends on, or takes it from the cache. */
export class Installer {
  constructor(
    private readonly dependencies: DependencyCache,
    private readonly shell: BuildShell,
    private readonly request: Pick<BuildRequest, 'force' | 'log' | 'env'>,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * @returns the key of the virtual environment, where there is one.
   * @throws DeploymentFailure, or the reason of the signal
   */
  async install(install: Install, cwd: string): Promise<string | undefined> {
    const { force, log, env } = this.request;
    const { version, inputs, commands, anew, turn } = install;
    const tool = await this.shell.lastLine(version, cwd);
    const machine = { platform: process.platform, arch: process.arch, node: process.versions.modules };
    const key = hashOf({ version, tool, machine, env, inputs, commands });
    const request = { key, force, signal: this.signal };
    const since = performance.now();
    const report = (cached: boolean) =>
      log(
        `dependencies ${cached ? 'from the cache' : `installed by ${commands[0]?.[0]} (${tool})`} in ${secondsSince(since)}`,
      );
    const runAll = () => this.#runAll(commands, cwd);
    const installed = () =>
      turn === undefined ? runAll() : this.dependencies.inTurn(turn, this.signal, runAll);
    if (install.into === 'venv') {
      await report(await this.dependencies.shared(request, (venv) => this.#makeVenv(venv, install, cwd)));
      return key;
    }
    if (anew === undefined) {
      await report(await this.dependencies.inPlace(cwd, request, installed, log));
      return undefined;
    }
    await log(`reinstalling dependencies: ${anew}`);
    await installed();
    await report(false);
    return undefined;
  }

  async #makeVenv(venv: string, { commands }: Install, cwd: string): Promise<void> {
    await this.shell.run(['python3', '-m', 'venv', venv], cwd, { advice: venvAdvice });
    for (const command of commands) {
      await this.shell.run(command, cwd, { path: [join(venv, 'bin')], advice: pipAdvice });
    }
  }

  async #runAll(commands: string[][], cwd: string): Promise<void> {
    for (const command of commands) await this.shell.run(command, cwd);
  }
}

/** @param since of `performance.now()` */
export function secondsSince(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
