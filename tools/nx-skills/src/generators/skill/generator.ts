import {
  generateFiles,
  type GeneratorCallback,
  getProjects,
  joinPathFragments,
  offsetFromRoot,
  readJson,
  type Tree,
  updateJson,
} from '@nx/devkit';
import { runnerIn } from '@odoobo/machine/package-manager';
import { skillManifestSchema } from '@odoobo/ship/manifest/manifest';
import { defaultAppSpec } from '@odoobo/ship/manifest/read-identity';
import { parseOptions } from '@odoobo/ship/runs/options';
import { mistake } from '@odoobo/ship/terminal/mistake';
import { dirname, join } from 'node:path';
import { buildCommand } from '../build-command.js';
import { format } from '../format.js';
import initGenerator from '../init/generator.js';
import { type SkillOptions, skillOptions } from './options.js';

/**
 * Adds a skill and its App Spec. Existing files are never overwritten.
 * @throws if the name is invalid, or the folder is not empty
 */
export default async function skillGenerator(
  tree: Tree,
  rawOptions: SkillOptions,
): Promise<GeneratorCallback> {
  const { name, description, directory } = parseOptions(skillOptions, rawOptions, '@odoobo/nx-skills:skill');
  checkName(name);
  const root = joinPathFragments(directory, name);
  checkFree(tree, root);
  const afterInit = await initGenerator(tree, {});
  const variables = {
    runner: runnerIn(tree.root),
    name,
    root,
    description: description ?? `The skill ${name}.`,
    toRoot: offsetFromRoot(root).replace(/\/$/, ''),
    hasBase: tree.exists('tsconfig.base.json'),
    // In the workspace of skill-kit itself, its types come from its sources.
    kit: getProjects(tree).get('@odoobo/skill-kit')?.root,
    build: await buildCommand(tree, name),
  };
  const templates = join(import.meta.dirname, '../../../templates');
  generateFiles(tree, join(templates, 'skill'), root, variables);
  const appSpec = defaultAppSpec(name);
  if (!tree.exists(appSpec)) generateFiles(tree, join(templates, 'app-spec'), dirname(appSpec), variables);
  addReference(tree, root);
  await format(tree);
  return afterInit;
}

function checkName(name: string): void {
  const check = skillManifestSchema.shape.id.safeParse(name);
  if (!check.success)
    throw mistake(`"${name}" cannot be the name of a skill: ${check.error.issues[0]?.message ?? ''}`);
}

function checkFree(tree: Tree, root: string): void {
  if (tree.exists(root)) throw mistake(`${root} already exists. Choose another name, or remove it first.`);
}

const file = 'tsconfig.json';

/**
 * Adds a project to the references of the workspace's `tsconfig.json`, if that only refers to projects, as `nx sync` of
 * @nx/js does: otherwise the workspace is out of sync, and its type check fails.
 * @param root folder of the project, relative to the workspace
 */
function addReference(tree: Tree, root: string): void {
  if (!tree.exists(file)) return;
  const { files, references } = readJson<{ files?: unknown[]; references?: { path: string }[] }>(tree, file);
  if (files?.length !== 0 || references === undefined) return;
  const path = `./${root}`;
  if (references.some((one) => one.path === path)) return;
  updateJson(tree, file, (config: object) => ({ ...config, references: [...references, { path }] }));
}
