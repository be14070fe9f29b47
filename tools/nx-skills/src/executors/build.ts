import type { ExecutorContext, ProjectGraphProjectNode, TaskGraph } from '@nx/devkit';
import { FileDigests, type ReadDigest } from '@odoobo/ship/artefact/file-digests';
import { type BuildCache, buildSkill } from '@odoobo/ship/commands/build';
import type { SkillOutcome } from '@odoobo/ship/runs/run-end';
import { builtFrom, hashedPaths, isSkill } from '@odoobo/ship/runs/sources';
import { describeError } from '@odoobo/ship/terminal/describe-error';
import { type BatchResults, runBatch, writeTerminalOutput } from './batch.js';
import { placeOf, sourcesIn } from './context.js';
import { refuseReplaced } from './refuse-replaced.js';

/** Builds one skill. */
export default async function buildExecutor(
  _options: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const { projectName = '', targetName = '' } = context;
  const { of: digestOf } = new FileDigests(context.root);
  return writeTerminalOutput(await build(context, projectName, targetName, digestOf));
}

/** Builds all skills of a run in one process. No build waits for another: it only needs sources. */
export function batch(
  taskGraph: TaskGraph,
  _inputs: unknown,
  _overrides: unknown,
  context: ExecutorContext,
): BatchResults {
  const { of: digestOf } = new FileDigests(context.root);
  return runBatch(taskGraph, ({ target: { project, target } }) => build(context, project, target, digestOf));
}

async function build(
  context: ExecutorContext,
  project: string,
  target: string,
  digestOf: ReadDigest,
): Promise<SkillOutcome> {
  try {
    refuseReplaced(context, [{ project, target }]);
    const place = placeOf(context, project);
    return await buildSkill(place, { ...cacheOf(context, project, place.skillRoot), digestOf });
  } catch (error) {
    return { success: false, output: `${describeError(error)}\n` };
  }
}

function cacheOf(context: ExecutorContext, project: string, skillRoot: string): Omit<BuildCache, 'digestOf'> {
  return {
    hashed: async ({ buildTarget }) => ({
      paths: hashedPaths({ skillRoot }, sourcesIn(context)),
      outputs: await outputsOf(context.projectGraph.nodes[project], buildTarget),
    }),
    builtFirst: () => builtFirst(context, project),
    affected: 'nx affected',
    advice:
      'Move it into the skill, or into a project of its own that Nx finds from the imports ' +
      '(analyzeSourceFiles in nx.json) or from dependencies in a package.json.',
  };
}

/** The outputs of the builds of the projects that it depends on: Nx runs those first. */
async function builtFirst({ projectGraph }: ExecutorContext, project: string): Promise<string[]> {
  const isBuilt = ({ data }: ProjectGraphProjectNode): boolean => !!data.targets?.['build'] && !isSkill(data);
  const nodes = builtFrom(project, projectGraph).flatMap((name) => projectGraph.nodes[name] ?? []);
  const built = nodes.filter((node) => node.name !== project && isBuilt(node));
  return (await Promise.all(built.map((node) => outputsOf(node, 'build')))).flat();
}

/**
 * The outputs of a target, as patterns from the workspace root. Few skills have such a target, and loading Nx's development kit takes a
 * quarter of the time of a build.
 */
async function outputsOf(
  node: ProjectGraphProjectNode | undefined,
  target: string | undefined,
): Promise<string[]> {
  if (!node || target === undefined) return [];
  const { getOutputsForTargetAndConfiguration } = await import('@nx/devkit');
  return getOutputsForTargetAndConfiguration({ project: node.name, target }, {}, node);
}
