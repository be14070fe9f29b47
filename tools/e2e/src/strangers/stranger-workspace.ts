import type { PackageManagerName } from '@odoobo/machine/package-manager';
import { execa } from 'execa';
import { appendFile, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { PackageRegistry } from '../support/registry.js';
import { RegistryWorkspace } from '../support/registry-workspace.js';
import { outerEnvironment } from '../support/workspace.js';
import { type Cell, hasCreator, managerPackage, missingPackages, resolutions, versionOf } from './cells.js';

/** Runs a program of an installed package. */
const exec: Record<PackageManagerName, readonly [string, ...string[]]> = {
  npm: ['npx', '--no-install'],
  pnpm: ['pnpm', 'exec'],
  yarn: ['yarn'],
  bun: ['bunx', '--no-install'],
};

/** A workspace that Nx itself has created with a package manager, on a registry that also has our packages. */
export class StrangerWorkspace extends RegistryWorkspace {
  private constructor(
    root: string,
    env: Record<string, string>,
    readonly manager: PackageManagerName,
  ) {
    super(root, env);
  }

  /** @param cell npm is the one that runs the tests; other package managers are installed for this workspace only */
  static async createFor(cell: Cell, registry: PackageRegistry): Promise<StrangerWorkspace> {
    const parent = await realpath(await mkdtemp(join(tmpdir(), 'stranger-')));
    try {
      return await StrangerWorkspace.#createIn(parent, cell, registry);
    } catch (error) {
      await rm(parent, { recursive: true, force: true });
      throw error;
    }
  }

  static async #createIn(parent: string, cell: Cell, registry: PackageRegistry): Promise<StrangerWorkspace> {
    const env = {
      ...(await managerEnvironment(cell, join(parent, 'manager'))),
      CI: '',
      NX_DAEMON: 'false',
    };
    const root = join(parent, 'shop');
    if (hasCreator(cell)) await createByNx(cell, parent, env);
    else await createByHand(cell, root, env);
    const workspace = new StrangerWorkspace(root, env, cell.manager);
    await workspace.useRegistry(registry);
    await workspace.addTargetDefaults();
    await workspace.commit('A workspace');
    return workspace;
  }

  /** Runs a program that is installed in it. @param line words, separated by spaces */
  exec(line: string): Promise<string> {
    const [program, ...words] = exec[this.manager];
    return this.run(program, [...words, ...line.split(' ')]);
  }

  /** What git sees that is not committed. */
  status(): Promise<string> {
    return this.run('git', ['status', '--porcelain']);
  }

  override async close(): Promise<void> {
    await super.close();
    await rm(dirname(this.root), { recursive: true, force: true });
  }

  /** For other targets than ours: with these, Nx would answer each deploy from its cache. */
  private async addTargetDefaults(): Promise<void> {
    const { targetDefaults, ...nxJson } = JSON.parse(await this.read('nx.json')) as {
      targetDefaults?: object;
    };
    const added = { ...targetDefaults, deploy: { cache: true, dependsOn: ['build'] } };
    await this.write('nx.json', `${JSON.stringify({ ...nxJson, targetDefaults: added }, null, 2)}\n`);
  }

  private async useRegistry({ url, npmrc }: PackageRegistry): Promise<void> {
    await this.write('.npmrc', npmrc);
    if (this.manager !== 'yarn') return;
    const scope = `npmScopes:\n  odoobo:\n    npmRegistryServer: ${url}\nunsafeHttpWhitelist: ['127.0.0.1']\n`;
    await appendFile(join(this.root, '.yarnrc.yml'), scope);
    const manifest = JSON.parse(await this.read('package.json')) as { resolutions?: object };
    const resolutions = { ...manifest.resolutions, ...missingPackages };
    await this.write('package.json', `${JSON.stringify({ ...manifest, resolutions }, null, 2)}\n`);
  }
}

async function managerEnvironment(cell: Cell, folder: string): Promise<Record<string, string>> {
  if (cell.manager === 'npm') return {};
  await mkdir(folder);
  await execa('npm', ['install', '--prefix', folder, '--silent', '--no-audit', managerPackage(cell)]);
  if (cell.manager === 'yarn') await writeCorepack(folder);
  // npm does not answer this in a workspace.
  const { stdout: registry } = await execa('npm', ['config', 'get', 'registry'], { cwd: folder });
  return {
    PATH: `${join(folder, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
    // Yarn's own defaults are another registry, and a download of itself where Corepack is missing.
    YARN_NPM_REGISTRY_SERVER: registry.replace(/\/$/, ''),
    COREPACK_ROOT: folder,
  };
}

/** Yarn runs what Corepack would, if it knows where that is. */
async function writeCorepack(folder: string): Promise<void> {
  await mkdir(join(folder, 'dist'));
  await writeFile(
    join(folder, 'dist/yarn.js'),
    `require('../node_modules/@yarnpkg/cli-dist/bin/yarn.js');\n`,
  );
}

async function createByNx(cell: Cell, parent: string, env: Record<string, string>): Promise<void> {
  const creator = `create-nx-workspace@${versionOf(cell)}`;
  const options = ['--preset=ts', `--pm=${cell.manager}`, '--nxCloud=skip', '--no-interactive'];
  await execa('npx', ['--yes', creator, 'shop', ...options], {
    cwd: parent,
    env: { ...outerEnvironment(), ...env, ...identity },
    extendEnv: false,
  });
}

/** Nx and nothing else, as `nx init` leaves it. */
async function createByHand(cell: Cell, root: string, env: Record<string, string>): Promise<void> {
  await mkdir(root);
  const manifest = { name: 'shop', private: true, devDependencies: { nx: versionOf(cell) }, resolutions };
  await writeFile(join(root, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeFile(join(root, 'nx.json'), '{}\n');
  await writeFile(join(root, '.gitignore'), 'node_modules\n.nx/cache\n.nx/workspace-data\n');
  if (cell.manager === 'yarn') await writeFile(join(root, '.yarnrc.yml'), 'nodeLinker: node-modules\n');
  if (cell.manager === 'yarn') await writeFile(join(root, 'yarn.lock'), '');
  if (cell.manager === 'pnpm')
    await writeFile(join(root, 'pnpm-workspace.yaml'), 'allowBuilds: { nx: true }\n');
  const options = { cwd: root, env: { ...outerEnvironment(), ...env }, extendEnv: false } as const;
  await execa(cell.manager, ['install'], options);
  await execa('git', ['init', '-q', '-b', 'main'], options);
}

const identity = {
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.invalid',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.invalid',
};
