import { lockFiles } from '@odoobo/machine/package-manager';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readIdentity } from '../manifest/read-identity.js';
import { ownPlacementsFile, sharedPlacementsFile } from '../placement/placement-files.js';

/** An input of an Nx target, in any of its forms. */
type Input = string | object;
type NamedInputs = Readonly<Record<string, readonly Input[]>>;

/** The part of a project that is read here. */
interface Project {
  root: string;
  targets?: Readonly<Record<string, { executor?: string; inputs?: readonly Input[] | undefined }>>;
  namedInputs?: NamedInputs;
}

/** The part of Nx's project graph that is read here. */
export interface SourceGraph {
  nodes: Readonly<Record<string, { name: string; data: Project }>>;
  dependencies: Readonly<Record<string, readonly { target: string; type: string }[]>>;
}

export interface Sources {
  graph: SourceGraph;
  /** The named inputs of `nx.json`. */
  namedInputs?: NamedInputs | undefined;
}

/**
 * Never counted: the lock file also changes with other skills' packages, so that no later commit would contain exactly
 * the live version. A skill's own manifest lists the packages that it needs.
 */
const neverCounted = new Set(lockFiles);

/**
 * The files and folders that a skill is made from, relative to the workspace root: its own folder, those of all
 * projects that it is built from, other files that its build reads, its App Spec, and the files of its placements, if there are any.
 * @param workspaceRoot of the checkout whose manifest names the App Spec
 */
export function sourcesOf(
  { skillRoot }: { skillRoot: string },
  workspaceRoot: string,
  { graph, namedInputs }: Sources,
): string[] {
  const { id, appSpec } = readIdentity(workspaceRoot, skillRoot);
  const placements = [sharedPlacementsFile, ownPlacementsFile(id)].filter((file) =>
    existsSync(join(workspaceRoot, file)),
  );
  return [...new Set([...hashedPaths({ skillRoot }, { graph, namedInputs }), appSpec, ...placements])];
}

/**
 * The files and folders that Nx hashes for the build of a skill, relative to the workspace root: its own folder, those of all
 * projects that it is built from, and other files that its build reads.
 */
export function hashedPaths({ skillRoot }: { skillRoot: string }, { graph, namedInputs }: Sources): string[] {
  // It is the only project of the workspace, or contains the others.
  if (skillRoot === '.') return ['.'];
  const { name = '' } = Object.values(graph.nodes).find(({ data }) => data.root === skillRoot) ?? {};
  const folders = builtFrom(name, graph).flatMap((project) => graph.nodes[project]?.data.root ?? []);
  const paths = [skillRoot, ...folders, ...buildReads(name, graph, namedInputs)];
  // A project at the root would make the whole workspace a part of each skill.
  return [...new Set(paths)].filter((path) => path !== '.');
}

/** A project and all that it is built from, each after what it is built from itself; the graph may have cycles. */
export function builtFrom(project: string, { nodes, dependencies }: SourceGraph): string[] {
  const seen = new Set<string>();
  const built: string[] = [];
  const visit = (one: string): void => {
    seen.add(one);
    for (const { target, type } of dependencies[one] ?? []) {
      const mustOnlyBeLive = type === 'implicit' && isSkill(nodes[target]?.data);
      if (nodes[target] && !mustOnlyBeLive && !seen.has(target)) visit(target);
    }
    built.push(one);
  };
  visit(project);
  return built;
}

/** Whether a project is a skill: this package deploys it. */
export function isSkill({ targets = {} }: Pick<Project, 'targets'> = {}): boolean {
  return Object.values(targets).some(({ executor }) => executor === '@odoobo/nx-skills:deploy');
}

const root = '{workspaceRoot}/';

/** Files of the workspace, outside of all projects, that the inputs of its build name. */
function buildReads(project: string, { nodes }: SourceGraph, named: NamedInputs | undefined): string[] {
  const { targets = {}, namedInputs: own } = nodes[project]?.data ?? {};
  const builds = Object.entries(targets).filter(
    ([name, { executor }]) => name === 'build' || executor === '@odoobo/nx-skills:build',
  );
  const inputs = builds.flatMap(([, target]) => target.inputs ?? []);
  const names = namesIn(inputs, { ...named, ...own });
  return [...names].flatMap((name) => (name.startsWith(root) ? pathOf(name.slice(root.length)) : []));
}

/** The names in inputs, and recursively in the named inputs among them. */
function namesIn(inputs: readonly Input[], named: NamedInputs): Set<string> {
  const names = new Set(inputs.flatMap(nameOf));
  // The loop also visits items added meanwhile.
  for (const name of names) named[name]?.flatMap(nameOf).forEach((one) => names.add(one));
  return names;
}

function nameOf(input: Input): string[] {
  if (typeof input === 'string') return [input.replace(/^\^/, '')];
  const named = 'fileset' in input ? input.fileset : 'input' in input ? input.input : undefined;
  return typeof named === 'string' ? [named] : [];
}

/** The folder of a pattern; empty for a pattern over the whole workspace. */
function pathOf(pattern: string): string[] {
  const parts = pattern.split('/');
  const wild = parts.findIndex((part) => /[*?[{!(]/.test(part));
  const path = parts.slice(0, wild < 0 ? undefined : wild).join('/');
  return path === '' || neverCounted.has(basename(path)) ? [] : [path];
}
