import type { NxJsonConfiguration, ProjectGraph, TargetConfiguration } from '@nx/devkit';
import { runner } from '@odoobo/machine/package-manager';
import { skillTargetNames, targetNamesOf } from '@odoobo/ship/manifest/target-names';
import { didYouMean, nearest } from '@odoobo/ship/terminal/did-you-mean';
import { pluginOptionsIn } from '../inference/plugin-options.js';
import type { NxCommand } from './nx-command.js';
import { optionIssues, optionsOf } from './option-issues.js';

const prefix = '@odoobo/nx-skills:';

/** The executors of the targets that this plugin gives to skills, and to the project at the root. */
const executors: readonly string[] = [...skillTargetNames, 'monitor'];

/** A target of a project that this plugin runs. */
interface OwnTask {
  project: string;
  target: string;
  executor: string;
  configuration: TargetConfiguration;
}

/**
 * Whether a command line can have no mistake that Nx does not report itself. A closer check takes a tenth of a second,
 * for the project graph.
 */
export function isPlain(command: NxCommand, nxJson: NxJsonConfiguration): boolean {
  const { kind, targets, projects, exclude, configuration, options, words, empty } = command;
  const { targetDefaults = {} } = nxJson;
  const ownTargets = [...Object.values(targetNamesOf(pluginOptionsIn(nxJson))), 'monitor'];
  const isOwn = targets.every((target) => ownTargets.includes(target));
  if (!isOwn) return !targets.some((target) => ownTargets.includes(target) || nearest(target, ownTargets));
  const hasDefaults = targets.some((name) =>
    [targetDefaults[name], targetDefaults[`${prefix}${name}`]].some((one) => one !== undefined),
  );
  const choosesNone = kind === 'run' ? projects.length === 1 : projects.length + exclude.length === 0;
  const isNamed = configuration === undefined || configuration === 'production';
  return (
    choosesNone && isNamed && !hasDefaults && Object.keys(options).length + words.length + empty.length === 0
  );
}

/**
 * The mistakes in a command line that names targets of this plugin: unknown targets, projects, configurations and
 * options, each with what may have been meant. Nx ignores the first three silently.
 * @param folder project of the folder that Nx was called in; undefined where that is not known
 */
export function findMistakes(command: NxCommand, graph: ProjectGraph, folder: string | undefined): string[] {
  const targets = targetMistakes(command, graph);
  if (targets.length > 0) return targets;
  if (!command.targets.some((target) => isOwnTarget(target, graph))) return [];
  const empty = command.empty.map((option) => `${option} has no value: Nx would ignore it.`);
  if (empty.length > 0) return empty;
  const projects = projectMistakes(command, graph, folder);
  if (projects.length > 0) return projects;
  const tasks = tasksOf(command, graph, folder);
  return [
    ...configurationMistakes(command, tasks),
    ...wordMistakes(command, tasks),
    ...optionMistakes(command, tasks),
  ];
}

function isOwnTarget(target: string, graph: ProjectGraph): boolean {
  return Object.values(graph.nodes).some(({ data }) => data.targets?.[target]?.executor?.startsWith(prefix));
}

/** The names of the targets that this plugin has given to projects. */
function ownTargetsIn(nodes: ProjectGraph['nodes']): readonly string[] {
  const targets = Object.values(nodes).flatMap(({ data }) => Object.entries(data.targets ?? {}));
  const own = targets.filter(([, { executor }]) => executor?.startsWith(prefix)).map(([name]) => name);
  return own.length > 0 ? [...new Set(own)] : executors;
}

/** A target that resembles none of this plugin is left to Nx. */
function targetMistakes({ targets }: NxCommand, { nodes }: ProjectGraph): string[] {
  const known = new Set(Object.values(nodes).flatMap(({ data }) => Object.keys(data.targets ?? {})));
  const ownTargets = ownTargetsIn(nodes);
  const runsOwn = targets.some((target) => known.has(target) && ownTargets.includes(target));
  return targets
    .filter((target) => !known.has(target))
    .flatMap((target) => {
      if (runsOwn && Object.hasOwn(nodes, target))
        return [`"${target}" is a project, not a target. Write: -p ${target}`];
      const meant = didYouMean(target, ownTargets);
      return meant ? [`No project has a target "${target}".${meant}`] : [];
    });
}

function projectMistakes(command: NxCommand, graph: ProjectGraph, folder: string | undefined): string[] {
  const { kind, projects, exclude, targets } = command;
  const [target = ''] = targets;
  if (kind === 'affected' && projects.length > 0)
    return [
      `nx affected takes no projects. Name them with: ${runner} nx run-many -t ${target} -p ${projects.join(',')}`,
    ];
  if (kind === 'run' && projects.length === 0)
    return folder === undefined || graph.nodes[folder]?.data.targets?.[target]
      ? []
      : [needsSkill(target, graph)];
  const unknown = [...projects, ...exclude].filter(
    (one) => isName(one) && findProjects(one, graph).length === 0,
  );
  if (unknown.length > 0)
    return unknown.map(
      (one) => `There is no project "${one}".${didYouMean(one, Object.keys(graph.nodes))} ${seeAll(target)}`,
    );
  const isEmpty = projects.length > 0 && projects.every((one) => !isName(one) && matchesNone(one, graph));
  if (isEmpty) return [`No project matches ${projects.join(',')}. ${seeAll(target)}`];
  const without = projects.flatMap((one) =>
    isName(one)
      ? findProjects(one, graph).filter(
          (name) => !targets.some((each) => graph.nodes[name]?.data.targets?.[each]),
        )
      : [],
  );
  return without.map((name) => `${name} has no target "${targets.join('" and no "')}". ${seeAll(target)}`);
}

function needsSkill(target: string, graph: ProjectGraph): string {
  const names = projectsWith(target, graph);
  const lines = [
    `${target} needs the name of a skill, right after it.`,
    `One:          ${runner} nx ${target} ${names[0] ?? '<skill>'}`,
    `Some, or all: ${runner} nx run-many -t ${target} -p a,b    ${runner} nx run-many -t ${target}`,
    `What changed: ${runner} nx affected -t ${target}`,
    `Available: ${names.join(', ') || 'none'}`,
  ];
  return lines.join('\n');
}

function projectsWith(target: string, { nodes }: ProjectGraph): string[] {
  return Object.values(nodes)
    .flatMap(({ name, data }) => (data.targets?.[target] ? [name] : []))
    .sort();
}

function seeAll(target: string): string {
  return `See all: ${runner} nx show projects --withTarget ${target}`;
}

/** The tasks of this plugin that a command line runs; for `affected` all that it may run. */
function tasksOf(command: NxCommand, graph: ProjectGraph, folder: string | undefined): OwnTask[] {
  const { projects, exclude, targets, kind } = command;
  const named = kind === 'run' && projects.length === 0 ? [folder ?? ''] : projects;
  const all = named.length === 0 || !named.every(isName);
  const chosen = all ? Object.keys(graph.nodes) : named.flatMap((one) => findProjects(one, graph));
  const left = new Set(exclude.flatMap((one) => findProjects(one, graph)));
  return chosen
    .filter((project) => !left.has(project))
    .flatMap((project) =>
      targets.flatMap((target) => {
        const configuration = graph.nodes[project]?.data.targets?.[target];
        const { executor = '' } = configuration ?? {};
        return configuration && executors.includes(executor.replace(prefix, ''))
          ? [{ project, target, executor: executor.slice(prefix.length), configuration }]
          : [];
      }),
    );
}

/** Nx uses the default instead, which is another platform. */
function configurationMistakes({ configuration, kind }: NxCommand, tasks: readonly OwnTask[]): string[] {
  if (configuration === undefined) return [];
  const choosing = tasks.filter((task) => task.configuration.configurations);
  const without = choosing.filter(
    (task) => !Object.hasOwn(task.configuration.configurations ?? {}, configuration),
  );
  // It is not known here which skills are affected.
  const mayHaveIt = kind === 'affected' && without.length < choosing.length;
  const [first] = without;
  if (!first || mayHaveIt) return [];
  const names = Object.keys(first.configuration.configurations ?? {});
  const meant = didYouMean(configuration, names) || ` Available: ${names.join(', ')}.`;
  const tasksWithout = without.map(({ project, target }) => `${project}:${target}`).join(', ');
  return [
    `There is no configuration "${configuration}".${meant}`,
    'Nothing was run: Nx would use the default instead, the local platform.',
    `Without that configuration: ${tasksWithout}`,
  ];
}

function wordMistakes(
  { kind, words, targets: [target = ''], projects }: NxCommand,
  tasks: readonly OwnTask[],
): string[] {
  if (words.length === 0 || tasks.length === 0) return [];
  const several = `${runner} nx run-many -t ${target} -p ${[...projects, ...words].join(',')}`;
  const mistake = `${target} takes no "${words.join(' ')}".`;
  return [kind === 'affected' ? mistake : `${mistake} For several skills: ${several}`];
}

/** Each mistake once, however many skills it concerns. */
function optionMistakes(command: NxCommand, tasks: readonly OwnTask[]): string[] {
  const byTarget = new Map<string, Set<string>>();
  for (const { target, executor, configuration } of tasks) {
    const chosen = configuration.configurations?.[command.configuration ?? ''] as object | undefined;
    const kept = { ...(configuration.options as object | undefined), ...chosen };
    const issues = optionIssues(optionsOf(executor), command.options, kept);
    byTarget.set(target, new Set([...(byTarget.get(target) ?? []), ...issues]));
  }
  return [...byTarget].flatMap(([target, issues]) => {
    if (issues.size === 0) return [];
    const { project } = tasks.find((task) => task.target === target) ?? { project: '' };
    const lines = [...issues].map((issue) => `  ${issue}`);
    return [
      `The options of "${target}" are wrong:`,
      ...lines,
      `See: ${runner} nx run ${project}:${target} --help`,
    ];
  });
}

/** Whether the text is neither a pattern nor a tag. */
function isName(text: string): boolean {
  return /^[\w@./-]+$/.test(text);
}

/**
 * The projects that Nx selects for a name: the project with that name, else those whose name contains it as a word,
 * else the one in that folder. https://nx.dev/docs/reference/nx-commands#run-many
 */
function findProjects(name: string, { nodes }: ProjectGraph): string[] {
  if (Object.hasOwn(nodes, name)) return [name];
  const word = new RegExp(`(?<![@a-zA-Z0-9-])${escaped(name)}(?![@a-zA-Z0-9-])`, 'i');
  const byName = Object.keys(nodes).filter((project) => word.test(project));
  if (byName.length > 0) return byName;
  return Object.values(nodes).flatMap((node) => (node.data.root === name ? [node.name] : []));
}

/**
 * Whether a pattern matches no project: names or folders with `*`, or a tag. A more complex pattern may match anything:
 * Nx decides that.
 */
function matchesNone(pattern: string, { nodes }: ProjectGraph): boolean {
  const projects = Object.values(nodes);
  const [, tag] = /^tag:([\w:@./-]+)$/.exec(pattern) ?? [];
  if (tag !== undefined) return !projects.some(({ data }) => data.tags?.includes(tag));
  if (!/^[\w@./*-]+$/.test(pattern)) return false;
  const glob = new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`);
  return !projects.some(({ name, data }) => glob.test(name) || glob.test(data.root));
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
