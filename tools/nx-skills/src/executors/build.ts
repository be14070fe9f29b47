import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { join } from 'node:path';
import { outputFolder } from '../manifest/output-folder.js';
import type { SkillOutcome } from '../runs/run-end.js';
import { describeError } from '../terminal/describe-error.js';
import { formatBytes, shortDigest } from '../terminal/format.js';
import { type BatchResults, runBatch, writeTerminalOutput } from './batch.js';
import { placeOf } from './context.js';

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

/** @param files those that git ignores, so that Nx takes an earlier build from its cache after a change of them alone */
function describeUnnoticed(files: readonly string[]): string {
  if (files.length === 0) return '';
  const [first, ...others] = files;
  const what = others.length === 0 ? String(first) : `${first} and ${others.length} more`;
  return `  ! git ignores ${what}, so Nx does not notice a change of them. Build with --skip-nx-cache after such a change.\n`;
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

/** Builds one skill; a problem in its code or manifest is an outcome, not an exception. */
async function buildSkill(context: ExecutorContext, project: string): Promise<SkillOutcome> {
  // Loaded here, so that a run whose builds are all cached does not load it.
  const { buildArtefact } = await import('../artefact/build-artefact.js');
  const { loadManifest } = await import('../manifest/load-manifest.js');
  try {
    const { skill, skillRoot } = placeOf(context, project);
    const manifest = await loadManifest(context.root, skillRoot);
    const artefact = await buildArtefact(join(context.root, skillRoot), manifest);
    const built = `${skill}  ${shortDigest(artefact.digest)}  ${formatBytes(artefact.bytes)}  ${skillRoot}/${outputFolder(manifest)}/image\n`;
    return {
      success: true,
      output: `${built}${describeUnnoticed(artefact.unnoticed)}${describeUnproven(artefact.unproven)}`,
    };
  } catch (error) {
    return { success: false, output: `${describeError(error)}\n` };
  }
}
