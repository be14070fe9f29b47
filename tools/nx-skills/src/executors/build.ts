import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { runner } from '@odoobo/machine/package-manager';
import type { Artefact } from '@odoobo/ship/artefact/build-artefact';
import type { Unhashed } from '@odoobo/ship/artefact/record-unhashed';
import { outputFolder } from '@odoobo/ship/manifest/output-folder';
import type { SkillOutcome } from '@odoobo/ship/runs/run-end';
import { hashedPaths } from '@odoobo/ship/runs/sources';
import { describeError } from '@odoobo/ship/terminal/describe-error';
import { formatBytes, shortDigest } from '@odoobo/ship/terminal/format';
import { basename, join } from 'node:path';
import { type BatchResults, runBatch, writeTerminalOutput } from './batch.js';
import { placeOf, sourcesIn } from './context.js';

/** Of the files that are shipped because the code reads them. */
const shownFiles = 5;

/** Builds one skill. */
export default async function buildExecutor(
  _options: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return writeTerminalOutput(await buildSkill(context, context.projectName ?? ''));
}

/** Builds all skills of a run in one process. No build waits for another: it only needs sources. */
export function batch(
  taskGraph: TaskGraph,
  _inputs: unknown,
  _overrides: unknown,
  context: ExecutorContext,
): BatchResults {
  return runBatch(taskGraph, (task) => buildSkill(context, task.target.project));
}

/** A build notices each change of these files, and `nx affected` none. */
function describeUnhashed(skill: string, { ignored, outside }: Unhashed): string {
  const deploys = `A change of it alone is built and deployed by ${runner} nx deploy ${skill}, but not by nx affected`;
  return [
    ...shortened(ignored).map((files) => `  ! git ignores ${files}. ${deploys}, which asks git.\n`),
    ...shortened(outside).map(
      (files) =>
        `  ! ${files} is in no project that ${skill} depends on. ${deploys}. ` +
        'Move it into the skill, or into a project of its own that Nx finds from the imports ' +
        '(analyzeSourceFiles in nx.json) or from dependencies in a package.json.\n',
    ),
  ].join('');
}

async function describeLeftBehind(skillRoot: string, sources: readonly string[]): Promise<string> {
  const { findLeftBehind } = await import('@odoobo/ship/artefact/left-behind');
  const found = await findLeftBehind(skillRoot, sources);
  return found
    .map(({ path, namedAt }) => {
      const where = namedAt === undefined ? '' : `, which ${namedAt} names`;
      const what = basename(path).startsWith('.env')
        ? 'Set its variables in the App Spec: envs.'
        : 'If the skill reads it, add it to assets in skill.json, or stop git from ignoring it.';
      return `  ! git ignores ${path}${where}, so it is not shipped. ${what}\n`;
    })
    .join('');
}

/** None, or one text. */
function shortened(files: readonly string[]): string[] {
  const [first, ...others] = files;
  if (first === undefined) return [];
  return [others.length === 0 ? first : `${first}, as one of ${files.length},`];
}

/** What is shipped, and what is not, because of what the code reads. */
function describeRead({ read, leftOut }: Artefact): string {
  const shown = read.slice(0, shownFiles).join(', ');
  const others = read.length > shownFiles ? ` and ${read.length - shownFiles} more` : '';
  const shipped = read.length > 0 ? `  Shipped, because the code reads them: ${shown}${others}\n` : '';
  const missing = leftOut.map(({ path, readAt, why }) =>
    why === 'ignored'
      ? `  ! ${readAt} reads ${path}, which git ignores, so it is not shipped. Add it to assets in skill.json, or stop git from ignoring it.\n`
      : `  ! ${readAt} reads ${path}, outside of the repository, so it is not shipped. Copy it into the skill.\n`,
  );
  return `${shipped}${missing.join('')}`;
}

/** @param printed what the service printed when it was started alone and did not listen */
function describeUnproven(printed: string | undefined): string {
  if (printed === undefined) return '';
  const said =
    printed.trim() === ''
      ? 'It printed nothing.'
      : `It printed:\n${printed.trim().replaceAll(/^/gm, '    ')}`;
  return `  ! It did not listen on PORT here, so the build does not show that the artefact starts. ${said}\n`;
}

/** The outputs of the target that runs first, as patterns from the workspace root. */
async function outputsOf(
  { projectGraph }: ExecutorContext,
  project: string,
  target: string | undefined,
): Promise<string[]> {
  const node = projectGraph.nodes[project];
  if (target === undefined || !node) return [];
  const { getOutputsForTargetAndConfiguration } = await import('@nx/devkit');
  return getOutputsForTargetAndConfiguration({ project, target }, {}, node);
}

/** Builds one skill; a problem in its code or manifest is an outcome, not an exception. */
async function buildSkill(context: ExecutorContext, project: string): Promise<SkillOutcome> {
  // Loaded here, so that a run whose builds are all cached does not load it.
  const { buildArtefact } = await import('@odoobo/ship/artefact/build-artefact');
  const { recordUnhashed } = await import('@odoobo/ship/artefact/record-unhashed');
  const { loadManifest } = await import('@odoobo/ship/manifest/load-manifest');
  try {
    const { skill, skillRoot } = placeOf(context, project);
    const manifest = await loadManifest(context.root, skillRoot);
    const artefact = await buildArtefact(join(context.root, skillRoot), manifest);
    const at = { workspaceRoot: context.root, skillRoot };
    const outputs = await outputsOf(context, project, manifest.buildTarget);
    const hashed = { paths: hashedPaths({ skillRoot }, sourcesIn(context)), outputs };
    const unhashed = await recordUnhashed(at, artefact, hashed);
    const built = `${skill}  ${shortDigest(artefact.digest)}  ${formatBytes(artefact.bytes)}  ${skillRoot}/${outputFolder(manifest)}/image\n`;
    const python = manifest.runtime === 'python';
    const lacking = python ? await describeLeftBehind(join(context.root, skillRoot), artefact.sources) : '';
    const notes = `${describeUnhashed(skill, unhashed)}${lacking}${describeRead(artefact)}${describeUnproven(artefact.unproven)}`;
    return { success: true, output: `${built}${notes}` };
  } catch (error) {
    return { success: false, output: `${describeError(error)}\n` };
  }
}
