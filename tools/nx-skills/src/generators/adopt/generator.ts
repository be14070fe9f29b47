import {
  generateFiles,
  type GeneratorCallback,
  getOutputsForTargetAndConfiguration,
  getProjects,
  logger,
  type ProjectConfiguration,
  readCachedProjectGraph,
  readJson,
  readNxJson,
  type Tree,
  updateJson,
  visitNotIgnoredFiles,
} from '@nx/devkit';
import type { ImageSource } from '@odoobo/app-platform/spec';
import { runner } from '@odoobo/machine/package-manager';
import { findService, type Said } from '@odoobo/ship/adopt/find-service';
import { type AdoptedProject, type Service, UnknownServiceError } from '@odoobo/ship/adopt/project-files';
import { manifestFile, manifestIn, manifestKey, sharedFiles } from '@odoobo/ship/manifest/find-manifests';
import { outputFolder } from '@odoobo/ship/manifest/output-folder';
import { defaultAppSpec, identityIn, skillName } from '@odoobo/ship/manifest/read-identity';
import { optionOf, skillTargetNames, targetNamesOf } from '@odoobo/ship/manifest/target-names';
import { parseOptions } from '@odoobo/ship/runs/options';
import { didYouMean } from '@odoobo/ship/terminal/did-you-mean';
import { mistake } from '@odoobo/ship/terminal/mistake';
import { basename, dirname, join, relative } from 'node:path';
import { pluginOptionsIn } from '../../inference/plugin-options.js';
import { buildCommand } from '../build-command.js';
import { format } from '../format.js';
import initGenerator from '../init/generator.js';
import { imageSourceOf, withImage } from './name-image.js';
import { type AdoptOptions, adoptOptions } from './options.js';

type Options = ReturnType<typeof adoptOptions.parse>;

/**
 * Makes a service that is there already one that is deployed: writes its manifest, its App Spec, and what git ignores.
 * Changes no file of the service itself but the one that the manifest is written to. Does nothing the second time.
 * @throws for what is neither said nor found, with the option that says it
 */
export default async function adoptGenerator(
  tree: Tree,
  rawOptions: AdoptOptions,
): Promise<GeneratorCallback | void> {
  const options = parseOptions(adoptOptions, rawOptions, '@odoobo/nx-skills:adopt');
  const image = options.image === undefined ? undefined : imageSourceOf(options.image);
  const { root, targets } = projectOf(tree, options.project);
  const [manifest] = manifestsIn(tree, root);
  if (manifest !== undefined) {
    const changed = image && nameImage(tree, root, manifest, image);
    logger.info(
      changed
        ? `${changed} names the image now. ${needed}`
        : `${options.project} is adopted already: see ${manifest}. Nothing was changed.`,
    );
    return undefined;
  }
  const id = idOf(options, root);
  refuseTakenTargets(tree, options.project, root, targets);
  const service = found(
    {
      name: options.project,
      root,
      targets,
      files: filesOf(tree, root),
      outputs: outputsOf(options.project),
    },
    saidIn(options),
  );
  if (image) refusePython(service.runtime);
  const afterInit = await initGenerator(tree, {});
  writeManifest(tree, root, options.manifest, manifestOf(tree, root, id, service));
  await writeAppSpec(tree, { id, root, project: options.project, service, image });
  ignoreOutputs(tree, service);
  await format(tree);
  logger.info(`${summaryOf(options.project, service)}${image ? ` ${needed}` : ''}`);
  return afterInit;
}

const needed = `What production needs for it: docs/images-for-production.md`;

/** Lets a service that is adopted already run an image. @returns the App Spec that was changed, if one was */
function nameImage(tree: Tree, root: string, manifest: string, image: ImageSource): string | undefined {
  const written = manifestIn(tree.read(manifest, 'utf8') ?? '', basename(manifest));
  const { appSpec, runtime } = identityIn(written, root);
  refusePython(runtime);
  const text = tree.read(appSpec, 'utf8');
  const changed = text === null ? undefined : withImage(text, image, appSpec);
  if (changed === undefined) return undefined;
  tree.write(appSpec, changed);
  return appSpec;
}

function refusePython(runtime: string | undefined): void {
  if (runtime !== 'python') return;
  throw mistake(
    'A Python service cannot be shipped as an image: the packages of requirements.txt would be missing. App Platform builds it from the branch. Leave out --image',
  );
}

/** Its targets are also those that other plugins infer, which only the project graph has. */
function projectOf(tree: Tree, name: string): { root: string; targets: string[] } {
  const configured = getProjects(tree).get(name) ?? projectOfApp(tree, name);
  const inferred = inferredProject(name);
  const { root } = inferred ?? configured ?? {};
  if (root === undefined) {
    const meant = didYouMean(name, [...getProjects(tree).keys()]);
    throw mistake(`There is no project "${name}".${meant} See: ${runner} nx show projects`);
  }
  const scripts = tree.exists(join(root, 'package.json'))
    ? readJson<{ scripts?: object }>(tree, join(root, 'package.json')).scripts
    : {};
  const targets = [inferred?.targets, configured?.targets, scripts].flatMap((one) => Object.keys(one ?? {}));
  return { root, targets: [...new Set(targets)] };
}

/** The project that has the app of this name. */
function projectOfApp(tree: Tree, name: string): ProjectConfiguration | undefined {
  return [...getProjects(tree).values()].find(({ root }) =>
    manifestsIn(tree, root).some((path) => {
      const written = manifestIn(tree.read(path, 'utf8') ?? '', basename(path));
      return identityIn(written, root).id === name;
    }),
  );
}

function inferredProject(name: string): ProjectConfiguration | undefined {
  try {
    return readCachedProjectGraph().nodes[name]?.data;
  } catch {
    // Nx has computed none, or is set not to keep it: what the files declare remains.
    return undefined;
  }
}

function filesOf(tree: Tree, root: string): AdoptedProject['files'] {
  const paths: string[] = [];
  visitNotIgnoredFiles(tree, root, (path) => void paths.push(relative(root, path)));
  return { paths, read: (path) => tree.read(join(root, path), 'utf8') ?? undefined };
}

/** What its target `build` writes, if Nx knows it. */
function outputsOf(name: string): string[] {
  const data = inferredProject(name);
  if (!data?.targets?.['build']) return [];
  return getOutputsForTargetAndConfiguration(
    { project: name, target: 'build' },
    {},
    { name, type: 'app', data },
  );
}

/** A target of the project itself would silently replace ours; a build is expected, and `serve` remains its own. */
function refuseTakenTargets(tree: Tree, project: string, root: string, targets: readonly string[]): void {
  const names = targetNamesOf(pluginOptionsIn(readNxJson(tree) ?? {}));
  const ours = skillTargetNames.filter((target) => target !== 'build' && target !== 'serve');
  const taken = ours.filter((target) => targets.includes(names[target]));
  if (taken.length === 0) return;
  const options = taken.map((target) => `"${optionOf(target)}": "<name>"`).join(', ');
  throw mistake(
    `${project} (${root}) has its own ${taken.map((target) => `"${names[target]}"`).join(' and ')}, which would replace ours. Give ours another name ` +
      `in the whole workspace, in the options of the plugin in nx.json: ${options}`,
  );
}

/** `@acme/Orders_api` -> `orders-api` */
function idOf({ id, project }: Options, root: string): string {
  const words = (project === '.' ? root : project).replace(/^@[^/]+\//, '').toLowerCase();
  const name =
    id ??
    words
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^[^a-z]+|-+$/g, '')
      .slice(0, 32);
  if (skillName.test(name)) return name;
  throw mistake(
    `"${name}" cannot be the name of an app: expected 2 to 32 of a-z, 0-9 and "-", starting with a letter. Give one: --id=<name>`,
  );
}

function saidIn({ runtime, entry, ship, start, buildTarget, healthPath }: Options): Said {
  const command = start?.split(' ').filter((word) => word !== '');
  const said = { runtime, entry, ship, start: command, buildTarget, healthPath };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

function found(project: AdoptedProject, said: Said): Service {
  try {
    return findService(project, said);
  } catch (error) {
    throw error instanceof UnknownServiceError ? mistake(error.message) : error;
  }
}

function manifestOf(tree: Tree, root: string, id: string, { healthPath, ...service }: Service): object {
  const { version, description } = tree.exists(join(root, 'package.json'))
    ? readJson<{ version?: string; description?: string }>(tree, join(root, 'package.json'))
    : {};
  const { runtime, ...rest } = service;
  return {
    id,
    contract: 'http',
    version: version ?? '0.1.0',
    description: description || `The service ${id}.`,
    runtime,
    ...rest,
    healthPath,
  };
}

function writeManifest(tree: Tree, root: string, file: Options['manifest'], manifest: object): void {
  const path = join(root, file);
  if (file === manifestFile) {
    const schema = relative(root, 'node_modules/@odoobo/nx-skills/schemas/skill.schema.json');
    tree.write(path, `${JSON.stringify({ $schema: schema, ...manifest }, null, 2)}\n`);
    return;
  }
  if (!tree.exists(path))
    throw mistake(`${path} does not exist. Write the manifest to another file: --manifest=skill.json`);
  updateJson(tree, path, (json: object) => ({ ...json, [manifestKey]: manifest }));
}

interface Adopted {
  id: string;
  root: string;
  project: string;
  service: Service;
  image: ImageSource | undefined;
}

async function writeAppSpec(tree: Tree, { id, root, project, service, image }: Adopted): Promise<void> {
  const file = defaultAppSpec(id);
  if (tree.exists(file)) return;
  const templates = join(import.meta.dirname, '../../../templates/adopted-app-spec');
  const { runtime, healthPath } = service;
  generateFiles(tree, templates, dirname(file), {
    name: id,
    root,
    healthPath,
    image,
    runtime,
    entry: service.entry,
    build: await buildCommand(tree, project, service.buildTarget === 'build' ? 'image' : 'build'),
    run: runCommand(root, service),
  });
}

/** App Platform starts it by a shell, and sets PORT. */
function runCommand(root: string, service: Service): string {
  const { runtime, entry, start } = service;
  if (runtime === 'container') return '';
  if (runtime === 'go') return start?.join(' ') ?? 'bin/server';
  if (runtime === 'python')
    return start?.join(' ') ?? `uvicorn ${entry} --host 0.0.0.0 --port $PORT --timeout-graceful-shutdown 25`;
  const bundle = `${root}/${outputFolder(service)}/bundle`;
  return start ? `cd ${bundle} && ${start.join(' ')}` : `node ${bundle}/main.mjs`;
}

function ignoreOutputs(tree: Tree, service: Service): void {
  const folder = `${outputFolder(service)}/`;
  const text = tree.read('.gitignore', 'utf8') ?? '';
  if (text.split('\n').some((line) => line === folder || line === folder.slice(0, -1))) return;
  tree.write('.gitignore', `${text.trimEnd()}\n${folder}\n`);
}

function summaryOf(project: string, { entry, ship, start, buildTarget, healthPath }: Service): string {
  const what =
    ship === undefined ? (entry ?? start?.join(' ')) : `the folder ${ship}, with ${start?.join(' ')}`;
  const built = buildTarget === undefined ? '' : `, after its own target ${buildTarget}`;
  return `Ships ${what}${built}; healthy if GET ${healthPath} answers 200. Deploy it: ${runner} nx deploy ${project}`;
}

/** The paths of the files in a folder that have a manifest. */
function manifestsIn(tree: Tree, root: string): string[] {
  return [manifestFile, ...sharedFiles]
    .map((file) => join(root, file))
    .filter((path) => tree.exists(path) && manifestIn(tree.read(path, 'utf8') ?? '', basename(path)));
}
