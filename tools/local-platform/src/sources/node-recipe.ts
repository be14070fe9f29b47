import { type PackageManager, packageManagerOf } from '@odoobo/machine/package-manager';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { DeploymentFailure } from '../deployments/failure.js';
import { hostPath } from '../process/host-path.js';
import { type Install, plainRecipe, type Recipe, shellLines } from './recipe-parts.js';
import type { SourceComponent } from './source.js';
import { findPackages, readIfThere } from './source-files.js';

const manifestSchema = z.looseObject({
  scripts: z.record(z.string(), z.string()).optional(),
  engines: z.looseObject({ node: z.string().optional() }).optional(),
  packageManager: z.string().optional(),
});
type Manifest = z.infer<typeof manifestSchema>;

/**
 * In App Platform's order of preference.
 * https://docs.digitalocean.com/products/app-platform/reference/buildpacks/nodejs/
 */
const preferred = ['yarn', 'pnpm', 'npm'] as const;

/** Scripts that an install runs; one of the repository's own packages may read any file of the commit. */
const installScripts = [
  'preinstall',
  'install',
  'postinstall',
  'prepublish',
  'preprepare',
  'prepare',
  'postprepare',
];

/** The fields of a package.json that change what is installed. */
const dependencyFields = [
  ...['name', 'version', 'workspaces', 'packageManager', 'overrides', 'resolutions', 'pnpm', 'bin'],
  ...['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies'],
];
const configurationFiles = ['.npmrc', '.yarnrc', '.yarnrc.yml', 'pnpm-workspace.yaml', '.pnpmfile.cjs'];

/**
 * As the buildpack does it: installs by the lock file, development dependencies too, then runs build_command, or the script
 * `heroku-postbuild` or `build` without one; `npm start` starts it, or `node server.js` without that script.
 * @throws DeploymentFailure when package.json is missing or not one
 */
export async function nodeRecipe(folder: string, component: SourceComponent): Promise<Recipe> {
  const manifest = await readManifest(join(folder, 'package.json'), component.name);
  const manager = await packageManagerOf(folder, preferred);
  const tool = await toolOf(manager, manifest);
  const { build_command: line } = component;
  const install = beginsWithCleanInstall(line) ? undefined : await nodeInstall(folder, manager, tool);
  const script = ['heroku-postbuild', 'build'].find((one) => manifest.scripts?.[one] !== undefined);
  const wanted = manifest.engines?.node;
  return {
    ...plainRecipe,
    installs: install ? [install] : [],
    build: line ? shellLines(line) : script === undefined ? [] : [[...tool, 'run', script]],
    start: await startOf(folder, manager, tool, manifest),
    settings: isYarn1(manager) ? { YARN_IGNORE_ENGINES: 'true' } : {},
    env: { NODE_ENV: 'production' },
    path: (await needsCorepack(tool)) ? [corepackPrograms] : [],
    notes: [
      `node ${process.version} of this machine`,
      ...(wanted === undefined ? [] : [`package.json asks for node ${wanted}`]),
      ...(manager ? [] : ['there is no lock file: what is installed may differ from build to build']),
    ],
    advice: adviceOn(wanted),
  };
}

/** Code for a Node of years ago fails in ways that do not name it. @param wanted `engines.node`, which may be a range */
function adviceOn(wanted: string | undefined): string | undefined {
  const major = /^[~^=v]*(\d+)(?:\.[\dx*.]+)?$/.exec(wanted?.trim() ?? '')?.[1];
  if (major === undefined || process.version.startsWith(`v${major}.`)) return undefined;
  return (
    `package.json asks for Node ${wanted}, and the platform runs with ${process.version}, which may be why. ` +
    `A Dockerfile with FROM node:${major} builds it with its own.`
  );
}

/** `yarn` and `pnpm` for a build_command, a run_command and scripts, as the buildpack has them. */
export const corepackPrograms = fileURLToPath(new URL('../../node', import.meta.url));

async function needsCorepack([program]: readonly string[]): Promise<boolean> {
  return program === 'corepack' || !((await isOnPath('yarn')) || (await isOnPath('pnpm')));
}

/**
 * How the package manager is called: by corepack, which comes with Node until version 24, where package.json asks for a version or
 * the machine has none.
 */
async function toolOf(manager: PackageManager | undefined, { packageManager }: Manifest): Promise<string[]> {
  const { name } = manager ?? { name: 'npm' };
  if (name === 'npm') return [name];
  const isAsked = packageManager?.startsWith(`${name}@`) ?? false;
  return isAsked || !(await isOnPath(name)) ? ['corepack', name] : [name];
}

/** npm runs scripts as the others do, and starts in less time than corepack. */
async function startOf(
  folder: string,
  manager: PackageManager | undefined,
  [program = 'npm']: string[],
  { scripts }: Manifest,
): Promise<string[]> {
  if (scripts?.['start']) return [program === 'corepack' ? 'npm' : (manager?.name ?? 'npm'), 'start'];
  const server = await readIfThere(join(folder, 'server.js'));
  return server === undefined ? [] : ['node', 'server.js'];
}

async function isOnPath(program: string): Promise<boolean> {
  const files = hostPath()
    .split(delimiter)
    .map((folder) => join(folder, program));
  const found = files.map((file) =>
    access(file, constants.X_OK).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(found)).includes(true);
}

/** `npm ci` deletes what is installed, so an install before it would be for nothing. */
function beginsWithCleanInstall(line = ''): boolean {
  return /^\s*npm (ci|clean-install)( --?[\w=-]+)*\s*(&&|;|$)/.test(line);
}

/** A build needs the development dependencies, even if NODE_ENV is `production` in it. npm reads that from its environment. */
const withDevelopment: Partial<Record<PackageManager['name'], string[]>> = { pnpm: ['--prod=false'] };

/** Only Yarn 1 refuses to install, and to run a script, with another Node than `engines` names. */
function isYarn1(manager: PackageManager | undefined): boolean {
  return manager?.name === 'yarn' && manager.install.includes('--frozen-lockfile');
}

/** The installation of a folder's packages, and all that says what it installs. */
export async function nodeInstall(
  folder: string,
  manager: PackageManager | undefined,
  tool: readonly string[],
): Promise<Install> {
  const { install } = manager ?? { install: ['install'] };
  const options = isYarn1(manager) ? ['--production=false'] : (withDevelopment[manager?.name ?? 'npm'] ?? []);
  const { manifests } = await findPackages(folder);
  const inputs: Record<string, string> = {};
  let anew = manager ? undefined : 'there is no lock file';
  for (const path of manifests) {
    const text = (await readIfThere(join(folder, path))) ?? '';
    const manifest = parse(text);
    const script = installScripts.find((one) => manifest?.scripts?.[one] !== undefined);
    if (script) anew ??= `${path} has the script "${script}", which may read any file`;
    inputs[path] = manifest ? JSON.stringify(dependencyFields.map((field) => manifest[field])) : text;
  }
  for (const file of [...configurationFiles, ...(manager ? [manager.lockFile] : [])]) {
    inputs[file] = (await readIfThere(join(folder, file))) ?? '';
  }
  return {
    into: 'in place',
    commands: [[...tool, ...install, ...options]],
    // Its own --mutex may end without an install.
    ...(isYarn1(manager) && { turn: 'yarn 1' }),
    version: [...tool, '--version'],
    inputs,
    ...(anew && { anew }),
  };
}

/** @throws DeploymentFailure when it is missing or not one */
export async function readManifest(file: string, component: string, slug = 'node-js'): Promise<Manifest> {
  const text = await readIfThere(file);
  const manifest = text === undefined ? undefined : parse(text);
  if (manifest) return manifest;
  const what = text === undefined ? 'is missing' : 'is not one';
  throw new DeploymentFailure(
    'BuildJobFailed',
    `"${component}" cannot be built as ${slug}: package.json ${what} in its source_dir.`,
  );
}

function parse(text: string): Manifest | undefined {
  try {
    return manifestSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
