import type { CreateNodes, CreateNodesResult } from '@nx/devkit';
import { manifestFile, readManifest, sharedFiles } from '@odoobo/ship/manifest/find-manifests';
import { identityIn, type SkillIdentity } from '@odoobo/ship/manifest/read-identity';
import { targetNamesOf } from '@odoobo/ship/manifest/target-names';
import {
  environmentsIn,
  ownPlacementsFile,
  sharedPlacementsFile,
} from '@odoobo/ship/placement/placement-files';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { buildInputs } from './build-inputs.js';
import { type OwnProject, readOwnProject } from './own-project.js';
import { rootProject } from './root-project.js';
import { type PluginOptions, skillTargets } from './targets.js';

/** Every workspace has it at its root. */
const nxJsonFile = 'nx.json';

/**
 * Every folder with a manifest is a project with all targets; the workspace root is a project with the targets about all
 * skills. Only types are imported from @nx/devkit: loading it would cost every Nx command more than everything here.
 */
export const createNodes: CreateNodes<PluginOptions | undefined> = [
  // Before Nx 23 it may hold no group in a group.
  `{${[nxJsonFile, ...[manifestFile, ...sharedFiles].map((file) => `**/${file}`)].join(',')}}`,
  async (files, options, { workspaceRoot, nxJsonConfiguration }) => {
    const skills = readSkills(files, workspaceRoot);
    const environments = await environmentsOf(skills, workspaceRoot);
    const context = {
      skills,
      environments,
      packages: packagesOf(files, skills, workspaceRoot),
      inputs: buildInputs(workspaceRoot, nxJsonConfiguration),
      options,
    };
    return [
      ...files
        .filter((file) => file === nxJsonFile)
        .map((file): Node => [file, rootProject(workspaceRoot, namesOf(skills), allOf(environments))]),
      ...skills.map((skill): Node => [skill.file, skillProject(skill, context)]),
    ];
  },
];

type Node = [file: string, result: CreateNodesResult];

/** A folder with a manifest. */
interface Skill {
  /** Of the manifest, relative to the workspace root. */
  file: string;
  root: string;
  identity: SkillIdentity;
  own: OwnProject;
}

/** The skills of this checkout. A project with two manifests is one skill, which `validate` refuses. */
function readSkills(files: readonly string[], workspaceRoot: string): Skill[] {
  const isOwn = ownCheckout(workspaceRoot);
  const found = new Map<string, Skill>();
  for (const file of [...files].sort(byPrecedence)) {
    const root = dirname(file);
    if (file === nxJsonFile || found.has(root)) continue;
    const folder = join(workspaceRoot, root);
    const manifest = readManifest(folder, basename(file));
    if (!manifest || !isOwn(file)) continue;
    found.set(root, { file, root, identity: identityIn(manifest, folder), own: readOwnProject(folder) });
  }
  return [...found.values()];
}

function byPrecedence(one: string, other: string): number {
  return Number(basename(other) === manifestFile) - Number(basename(one) === manifestFile);
}

/** The name of the Nx project: its own, or that of the skill. */
function nameOf({ own, identity }: Skill): string {
  return own.name ?? identity.id;
}

function namesOf(skills: readonly Skill[]): Set<string> {
  return new Set(skills.map(nameOf));
}

/**
 * The projects of the packages that a skill declares and that are no skills. The packages of the workspace are read once,
 * and only if a skill asks.
 */
function packagesOf(
  files: readonly string[],
  skills: readonly Skill[],
  workspaceRoot: string,
): (skill: Skill) => string[] {
  let projects: Map<string, string> | undefined;
  return ({ identity, own }) => {
    if (identity.dependencies.length === 0 || own.declares.length === 0) return [];
    projects ??= readPackages(files, skills, workspaceRoot);
    return own.declares.flatMap((name) => projects?.get(name) ?? []);
  };
}

/** The names of the projects of all packages that are no skills, by the name of the package. */
function readPackages(
  files: readonly string[],
  skills: readonly Skill[],
  workspaceRoot: string,
): Map<string, string> {
  const roots = new Set(skills.map(({ root }) => root));
  const packages = files
    .filter((file) => basename(file) === 'package.json' && !roots.has(dirname(file)))
    .map((file) => readOwnProject(join(workspaceRoot, dirname(file))));
  return new Map(
    packages.flatMap(({ packageName, name }): [string, string][] =>
      packageName === undefined || name === undefined ? [] : [[packageName, name]],
    ),
  );
}

interface InferenceContext {
  skills: readonly Skill[];
  /** The projects of the packages of the workspace that a skill declares. */
  packages: (skill: Skill) => string[];
  /** What goes into the artefact of a skill. */
  inputs: ReturnType<typeof buildInputs>;
  /** Of the placements of a skill, by its name. */
  environments: ReadonlyMap<string, readonly string[]>;
  options: PluginOptions | undefined;
}

/** The environments of each skill's placements, by the name of the skill. */
async function environmentsOf(
  skills: readonly Skill[],
  workspaceRoot: string,
): Promise<Map<string, readonly string[]>> {
  const shared = await environmentsIn(workspaceRoot, sharedPlacementsFile);
  return new Map(
    await Promise.all(
      skills.map(async ({ identity: { id } }): Promise<[string, string[]]> => {
        const own = await environmentsIn(workspaceRoot, ownPlacementsFile(id));
        return [id, [...new Set([...shared, ...own])]];
      }),
    ),
  );
}

function allOf(environments: ReadonlyMap<string, readonly string[]>): string[] {
  return [...new Set([...environments.values()].flat())];
}

function skillProject(
  skill: Skill,
  { skills, packages, inputs, environments, options }: InferenceContext,
): CreateNodesResult {
  const { root, identity, own } = skill;
  const name = nameOf(skill);
  const names = targetNamesOf(options);
  const projectOf = (id: string) => {
    const other = skills.find((one) => one.identity.id === id);
    return other ? nameOf(other) : id;
  };
  return {
    projects: {
      [root]: {
        root,
        name,
        projectType: 'application',
        sourceRoot: `${root}/src`,
        tags: ['scope:skill'],
        implicitDependencies: identity.dependencies.map(projectOf),
        targets: skillTargets({
          project: name,
          identity,
          packages: packages(skill),
          own: own.targets,
          inputs: inputs(identity.id),
          names,
          environments: environments.get(identity.id) ?? [],
          options,
        }),
        metadata: {
          ...(identity.description ? { description: identity.description } : {}),
          technologies: identity.runtime ? [identity.runtime] : [],
          targetGroups: {
            Ship: ship.map((target) => names[target]),
            Check: check.map((target) => names[target]),
          },
        },
      },
    },
  };
}

const ship = ['build', 'validate', 'plan', 'deploy', 'worktree', 'merge', 'logs'] as const;
const check = ['healthcheck', 'smoke-test', 'profile'] as const;

/**
 * Distinguishes files of this checkout from those of others inside the workspace: worktrees kept there, and clones. Nx
 * lists their files too, and two projects with the same name would stop every command.
 * @returns whether a file, given from the workspace root, belongs to this checkout; folders are looked at once
 */
function ownCheckout(workspaceRoot: string): (file: string) => boolean {
  const known = new Map<string, boolean>([['.', true]]);
  const isOwn = (folder: string): boolean => {
    const own =
      known.get(folder) ?? (isOwn(dirname(folder)) && !isOtherCheckout(join(workspaceRoot, folder)));
    known.set(folder, own);
    return own;
  };
  return (file) => isOwn(dirname(file));
}

/** A submodule is part of this checkout: its repository is inside it, and is not a worktree of another one. */
function isOtherCheckout(folder: string): boolean {
  const link = join(folder, '.git');
  const stats = statSync(link, { throwIfNoEntry: false });
  if (!stats) return false;
  if (stats.isDirectory()) return true;
  const [, target = ''] = /^gitdir: (.+)$/m.exec(readFileSync(link, 'utf8')) ?? [];
  const repository = resolve(folder, target);
  // https://git-scm.com/docs/gitrepository-layout: the git directory of a linked worktree names the common directory.
  return target === '' || !existsSync(repository) || existsSync(join(repository, 'commondir'));
}
