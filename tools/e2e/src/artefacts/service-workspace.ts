import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { outerEnvironment, Workspace } from '../support/workspace.js';
import type { Service } from './services.js';

const repositoryPackages = join(import.meta.dirname, '../../../../node_modules');

/** Exact versions of packages, by their names. */
export type Versions = Record<string, string>;

/** A workspace with services whose packages npm has installed, beside those of this repository. */
export class ServiceWorkspace {
  private constructor(
    readonly workspace: Workspace,
    private readonly services: readonly Service[],
  ) {}

  static async create(services: readonly Service[], versions: Versions): Promise<ServiceWorkspace> {
    const workspace = await Workspace.create({});
    const one = new ServiceWorkspace(workspace, services);
    await workspace.write('.gitignore', `${await workspace.read('.gitignore')}generated\n`);
    for (const { name, manifest, files } of services) {
      await workspace.writeSkill(name, { manifest: { entry: 'src/main.ts', ...manifest }, initialDelay: 20 });
      await workspace.remove(`skills/${name}/src/main.js`);
      await one.write(name, files);
    }
    await rm(join(workspace.root, 'node_modules'));
    await one.install(versions);
    for (const { schema } of services) if (schema !== undefined) await one.generate(schema);
    await workspace.commit('services');
    return one;
  }

  /** @param files by their paths from the service */
  async write(service: string, files: Record<string, string>): Promise<void> {
    for (const [path, text] of Object.entries(files))
      await this.workspace.write(`skills/${service}/${path}`, text);
  }

  /** Installs these packages, and no others, with their install scripts. */
  async install(versions: Versions): Promise<void> {
    const { root } = this.workspace;
    const declared = { name: 'workspace', private: true, type: 'module', dependencies: versions };
    await this.workspace.write('package.json', JSON.stringify(declared));
    // npm removes what no package.json names.
    await eachLink(root, (link) => rm(link));
    await execa('npm', ['install', '--no-audit', '--no-fund'], {
      cwd: root,
      env: { ...outerEnvironment(), ...compilation() },
      extendEnv: false,
      stdin: 'ignore',
    });
    await linkOthers(repositoryPackages, join(root, 'node_modules'));
  }

  /** Generates Prisma's client, from a schema outside of the service. */
  async generate(schema: string): Promise<void> {
    const { root } = this.workspace;
    await this.workspace.write('database/words.prisma', schema);
    await execa('npx', ['--no-install', 'prisma', 'generate', '--schema', 'database/words.prisma'], {
      cwd: root,
      // Not used to generate; otherwise it is downloaded.
      env: { ...outerEnvironment(), PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
      extendEnv: false,
      stdin: 'ignore',
    });
  }

  imageOf(service: string, root = this.workspace.root): string {
    return join(root, 'skills', service, 'dist/image');
  }

  /** What the services answer that are live, by their names. */
  async answers(): Promise<Record<string, string>> {
    const apps = await this.workspace.apps();
    const answers = this.services.map(async ({ name }) => {
      const url = apps.find(({ spec }) => spec?.name === name)?.live_url ?? '';
      return [name, await fetch(url).then((reply) => reply.text(), String)] as const;
    });
    return Object.fromEntries(await Promise.all(answers));
  }
}

/** Where Node's headers are installed, native code is compiled without a download; fast, since these tests need no fast code. */
function compilation(): Record<string, string> {
  const node = dirname(dirname(process.execPath));
  if (!existsSync(join(node, 'include/node'))) return {};
  return {
    npm_config_nodedir: node,
    JOBS: '2',
    CFLAGS: '-O0',
    CXXFLAGS: '-O0',
  };
}

async function eachLink(root: string, act: (link: string) => Promise<void>): Promise<void> {
  const packages = join(root, 'node_modules');
  for (const name of await readdir(packages).catch(() => [])) {
    const path = join(packages, name);
    if ((await lstat(path)).isSymbolicLink()) await act(path);
    else if (name.startsWith('@'))
      for (const part of await readdir(path))
        if ((await lstat(join(path, part))).isSymbolicLink()) await act(join(path, part));
  }
}

/** Links to the packages of one folder that another lacks. */
async function linkOthers(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) {
    if (name.startsWith('.')) continue;
    const missing = !existsSync(join(to, name));
    if (missing) await symlink(join(from, name), join(to, name));
    else if (name.startsWith('@')) await linkScope(join(from, name), join(to, name));
  }
}

async function linkScope(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from))
    if (!existsSync(join(to, name))) await symlink(join(from, name), join(to, name));
}
