import type { App } from '@odoobo/app-platform';
import { type PlatformRecord, readPlatform, stopPlatform } from '@odoobo/local-platform/client';
import { freePort } from '@odoobo/machine/network';
import { execa } from 'execa';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { until } from './poll.js';
import { processesIn, type RunningProcess } from './processes.js';
import { type Behaviour, serviceSource } from './service.js';
import { runWarm } from './warm-odoobo.js';

const repository = join(import.meta.dirname, '../../../..');

/** The program that `npx nx` runs. */
export const nxPath = join(repository, 'node_modules/nx/dist/bin/nx.js');

/** The program that `npx odoobo` runs. */
export const odooboPath = join(repository, 'tools/ship/bin/odoobo.js');

/** The program that `npx nx-skills` runs. */
const nxSkillsPath = join(repository, 'tools/nx-skills/bin/nx-skills.js');

/** What an Nx run printed, and how it ended. */
export interface NxRun {
  /** As a shell reports it: 128 plus the number of the signal that ended it, if one did. */
  exitCode: number;
  /** Everything it printed. */
  output: string;
}

/** A run of Nx that may still be in progress. */
export interface StartedRun {
  /** Waits until it has printed something. */
  says(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  ended: Promise<NxRun>;
}

export interface SkillFiles {
  behaviour?: Behaviour;
  /** Fields that override those of the usual manifest. */
  manifest?: object;
  /** How many health checks, a second apart, may fail; default 2. */
  failureThreshold?: number;
  /** Seconds in which failures do not count; default 1. */
  initialDelay?: number;
  /** Lines of YAML for the service of the App Spec. */
  service?: string;
  /** Lines of YAML for the whole App Spec. */
  spec?: string;
}

/**
 * A workspace with this repository's packages, its own git history and its own local platform.
 * Nx runs in it as for a user, but without the daemon and in one process with its plugins.
 */
export class Workspace {
  readonly #running = new Set<(signal: NodeJS.Signals) => void>();

  private constructor(
    readonly root: string,
    readonly env: Record<string, string>,
    /** The folder for the output of Nx runs, also those in other checkouts. */
    private readonly outputs: string,
  ) {}

  static async create(skills: Record<string, SkillFiles>): Promise<Workspace> {
    const root = await realpath(await mkdtemp(join(tmpdir(), 'workspace-')));
    const outputs = await mkdtemp(join(tmpdir(), 'outputs-'));
    const workspace = new Workspace(root, environment, outputs);
    await symlink(join(repository, 'node_modules'), join(root, 'node_modules'));
    await workspace.write(
      'package.json',
      JSON.stringify({ name: 'workspace', private: true, type: 'module' }),
    );
    await workspace.write('nx.json', JSON.stringify(nxJson));
    // While its platform is down, another workspace's could otherwise take the usual port.
    await workspace.write('.local-platform/port', `${await freePort()}`);
    await workspace.write('.gitignore', 'node_modules\n.nx\ndist\nlogs\n.local-platform\nWORKTREE_STATUS*\n');
    for (const [name, files] of Object.entries(skills)) await workspace.writeSkill(name, files);
    await workspace.git('init', '-q', '-b', 'main');
    await workspace.commit('first');
    return workspace;
  }

  /** Another checkout of the same repository, to run Nx in; closed with this one. */
  checkout(root: string): Workspace {
    return new Workspace(root, this.env, this.outputs);
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.root, path)), { recursive: true });
    await writeFile(join(this.root, path), text);
  }

  remove(path: string): Promise<void> {
    return rm(join(this.root, path), { recursive: true });
  }

  read(path: string): Promise<string> {
    return readFile(join(this.root, path), 'utf8');
  }

  async writeSkill(name: string, files: SkillFiles): Promise<void> {
    const manifest = {
      id: name,
      version: '1.0.0',
      description: 'A test.',
      runtime: 'node',
      entry: 'src/main.js',
      ...files.manifest,
    };
    await this.write(`skills/${name}/skill.json`, JSON.stringify(manifest));
    await this.write(`skills/${name}/src/main.js`, serviceSource(files.behaviour ?? {}));
    await this.write(`infra/do-gradient/${name}/app-spec.yaml`, appSpec(name, files));
  }

  /** Sets the options of the plugin. */
  async setOptions(options: object): Promise<void> {
    const plugins = [{ plugin: '@odoobo/nx-skills', options }];
    await this.write('nx.json', JSON.stringify({ ...nxJson, plugins }));
  }

  /** Changes the behaviour of a skill. */
  async change(name: string, behaviour: Behaviour): Promise<void> {
    await this.write(`skills/${name}/src/main.js`, serviceSource(behaviour));
  }

  git(...args: string[]): Promise<unknown> {
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid'];
    return execa('git', [...identity, ...args], { cwd: this.root });
  }

  async commit(message: string): Promise<void> {
    await this.git('add', '-A');
    await this.git('commit', '-qm', message);
  }

  /** Starts `nx`, or another program of Node, with some arguments; for runs that a test interrupts or joins. */
  start(args: string[], env: Record<string, string> = {}, program = nxPath): StartedRun {
    const file = join(this.outputs, `${randomUUID()}.txt`);
    // A file, as with a shell's redirection: a pipe of Node is a socket, which no other process can open.
    const output = openSync(file, 'a');
    const run = spawn(process.execPath, [program, ...args], {
      cwd: this.root,
      env: { ...outerEnvironment(), ...this.env, ...env },
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    const kill = (signal: NodeJS.Signals) => void run.kill(signal);
    this.#running.add(kill);
    const ended = once(run, 'exit').then(async ([code, signal]) => {
      this.#running.delete(kill);
      const exitCode = Number(code ?? 128 + constants.signals[signal as NodeJS.Signals]);
      return { exitCode, output: await readFile(file, 'utf8') };
    });
    const says = async (text: string) => {
      await until(`nx says "${text}"`, async () => (await readFile(file, 'utf8')).includes(text));
    };
    return { says, kill, ended };
  }

  nx(args: string[], env: Record<string, string> = {}): Promise<NxRun> {
    return this.start(args, env).ended;
  }

  /** Runs `odoobo`, which works without Nx. */
  odoobo(args: string[], env: Record<string, string> = {}): Promise<NxRun> {
    return this.start(args, env, odooboPath).ended;
  }

  /**
   * Runs `odoobo` in a process that has run other commands before, at a tenth of the processor time of Nx: for what Nx adds nothing
   * to. One command at a time.
   */
  warm(args: string[], env: Record<string, string> = {}): Promise<NxRun> {
    return runWarm({ args, cwd: this.root, env: { ...outerEnvironment(), ...this.env, ...env } });
  }

  /** Like `warm`, for what a test needs first. @throws when it fails */
  async setUp(args: string[], env: Record<string, string> = {}): Promise<void> {
    const { exitCode, output } = await this.warm(args, env);
    if (exitCode !== 0) throw new Error(`odoobo ${args.join(' ')} ended with ${exitCode}: ${output}`);
  }

  /** Runs `nx-skills`. */
  nxSkills(args: string[], env: Record<string, string> = {}): Promise<NxRun> {
    return this.start(args, env, nxSkillsPath).ended;
  }

  /** The status file's entry of a skill. */
  async status(skill: string): Promise<Record<string, string>> {
    const status = JSON.parse(await this.read('WORKTREE_STATUS.json')) as {
      skills: Record<string, Record<string, string>>;
    };
    return status.skills[skill] ?? {};
  }

  /** The records of a type in the journal. */
  async records(type: string): Promise<Record<string, unknown>[]> {
    return (await this.journal()).filter((record) => record['type'] === type);
  }

  /** All records of the journal, oldest first, except torn lines. */
  async journal(): Promise<Record<string, unknown>[]> {
    return (await this.read('WORKTREE_STATUS.journal.jsonl')).split('\n').flatMap((line) => {
      try {
        return [JSON.parse(line) as Record<string, unknown>];
      } catch {
        return [];
      }
    });
  }

  /** The processes of Nx and all its tasks in this workspace. */
  async deployers(): Promise<RunningProcess[]> {
    return (await processesIn(this.root)).filter(({ command }) => command.includes('/nx/dist/'));
  }

  /** Sends a signal to Nx and all its tasks at once, as Ctrl-C does; SIGKILL is like a power cut. */
  async killDeployers(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    for (const { pid } of await this.deployers()) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        // Ending the first of them may have ended the others.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  }

  /** Ends the server of the local platform as a crash would; the services keep running. */
  async killPlatform(): Promise<void> {
    process.kill((await this.platform()).identity.pid, 'SIGKILL');
  }

  /** The apps on the local platform. */
  async apps(): Promise<App[]> {
    return ((await this.api('/apps?per_page=200')) as { apps?: App[] }).apps ?? [];
  }

  /** Calls the API of the workspace's local platform. */
  async api(path: string, method = 'GET'): Promise<unknown> {
    const { url, token } = await this.platform();
    const reply = await fetch(`${url}/v2${path}`, { method, headers: { authorization: `Bearer ${token}` } });
    return reply.json();
  }

  /** Where the local platform of the workspace is, and its token. */
  async platform(): Promise<PlatformRecord> {
    const platform = await readPlatform(join(this.root, '.local-platform'));
    if (!platform) throw new Error('The local platform of the workspace is not running.');
    return platform;
  }

  /** Stops all processes of the workspace and deletes it. */
  async close(): Promise<void> {
    for (const kill of this.#running) kill('SIGKILL');
    await stopPlatform(join(this.root, '.local-platform'));
    const run = await realpath(join(this.root, '.local-platform/run')).catch(() => undefined);
    if (run !== undefined) await rm(dirname(run), { recursive: true, force: true });
    for (const folder of [this.root, `${this.root}-worktrees`, this.outputs])
      await rm(folder, { recursive: true, force: true });
  }
}

/** The environment of the tests, without the variables that the surrounding Nx has set for its own workspace and terminal. */
export function outerEnvironment(): NodeJS.ProcessEnv {
  const outer = Object.entries(process.env).filter(([name]) => !/^(NX_|FORCE_COLOR$|VITEST)/.test(name));
  return Object.fromEntries(outer);
}

const environment = {
  NX_DAEMON: 'false',
  NX_TUI: 'false',
  CI: '',
  NO_COLOR: '1',
  // A process per plugin makes each of some hundred runs a third slower; plugin.test.ts uses them, as users do.
  NX_ISOLATE_PLUGINS: 'false',
};

const nxJson = {
  cacheDirectory: '.nx/cache',
  analytics: false,
  defaultBase: 'main',
  plugins: ['@odoobo/nx-skills'],
};

/** Fails quickly by default: a second of grace, two failures a second apart. */
function appSpec(
  name: string,
  { service = '', spec = '', failureThreshold = 2, initialDelay = 1 }: SkillFiles,
): string {
  const indented = service.split('\n').map((line) => `    ${line}`);
  return `name: ${name}
services:
  - name: ${name}
    github: { repo: acme/${name}, branch: main }
    instance_size_slug: apps-s-1vcpu-0.5gb
    health_check: { http_path: /health, initial_delay_seconds: ${initialDelay}, period_seconds: 1, timeout_seconds: 1, failure_threshold: ${failureThreshold} }
    termination: { drain_seconds: 1, grace_period_seconds: 5 }
${indented.join('\n')}
${spec}
`;
}
