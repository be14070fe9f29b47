import { basename, join } from 'node:path';
import type { Artefact } from '../artefact/build-artefact.js';
import type { ReadDigest } from '../artefact/file-digests.js';
import type { Unhashed } from '../artefact/record-unhashed.js';
import type { Hashed } from '../artefact/unhashed.js';
import type { SkillManifest } from '../manifest/manifest.js';
import { outputFolder } from '../manifest/output-folder.js';
import type { SkillPlace } from '../manifest/skill-place.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import type { SkillOutcome } from '../runs/run-end.js';
import { describeError } from '../terminal/describe-error.js';
import { formatBytes, shortDigest } from '../terminal/format.js';

/** Of the files that are shipped because the code reads them. */
const shownFiles = 5;

/** What decides in a workspace whether a skill is built anew. */
export interface BuildCache {
  /** The files that it hashes for the build of this skill. */
  hashed: (manifest: SkillManifest) => Promise<Hashed>;
  /** What the builds of packages of the workspace make which run first: patterns from the workspace root. */
  builtFirst: () => Promise<string[]>;
  /** Reads the files for the record. */
  digestOf: ReadDigest;
  /** The command that ships what it finds changed: `nx affected`. */
  affected: string;
  /** What makes it hash a file that no project of the skill has. */
  advice: string;
}

/** Builds one skill; a problem in its code or manifest is an outcome, not an exception. */
export async function buildSkill(place: SkillPlace, cache: BuildCache): Promise<SkillOutcome> {
  // Loaded here, so that a run whose builds are all cached does not load it.
  const { buildArtefact } = await import('../artefact/build-artefact.js');
  const { filesOf, recordUnhashed } = await import('../artefact/record-unhashed.js');
  const { loadManifest } = await import('../manifest/load-manifest.js');
  try {
    const { skill, skillRoot, workspaceRoot } = place;
    const manifest = await loadManifest(workspaceRoot, skillRoot);
    const artefact = await buildArtefact(
      join(workspaceRoot, skillRoot),
      manifest,
      workspaceFolders(workspaceRoot).platform,
    );
    const unhashed = await recordUnhashed(place, artefact, await cache.hashed(manifest), cache.digestOf);
    const builtFirst = await filesOf(await cache.builtFirst(), workspaceRoot);
    const ignored = unhashed.ignored.filter((file) => !builtFirst.has(file));
    const built = `${skill}  ${shortDigest(artefact.digest)}  ${formatBytes(artefact.bytes)}  ${join(skillRoot, outputFolder(manifest), 'image')}\n`;
    const python = manifest.runtime === 'python';
    const lacking = python ? await describeLeftBehind(join(workspaceRoot, skillRoot), artefact.sources) : '';
    const notes = `${describeUnhashed(place, { ...unhashed, ignored }, cache)}${lacking}${describeRead(artefact)}${describeUnproven(artefact.unproven)}`;
    return { success: true, output: `${built}${notes}` };
  } catch (error) {
    return { success: false, output: `${describeError(error)}\n` };
  }
}

/** A build notices each change of these files, and what ships all that is affected notices none. */
function describeUnhashed(
  { skill, command }: SkillPlace,
  { ignored, outside }: Unhashed,
  { affected, advice }: BuildCache,
): string {
  const deploys = `A change of it alone is built and deployed by ${command('deploy')}, but not by ${affected}`;
  return [
    ...shortened(ignored).map((files) => `  ! git ignores ${files}. ${deploys}, which asks git.\n`),
    ...shortened(outside).map(
      (files) => `  ! ${files} is in no project that ${skill} depends on. ${deploys}. ${advice}\n`,
    ),
  ].join('');
}

async function describeLeftBehind(skillRoot: string, sources: readonly string[]): Promise<string> {
  const { findLeftBehind } = await import('../artefact/left-behind.js');
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

const reasons = {
  ignored:
    'which git ignores, so it is not shipped. Add it to assets in skill.json, or stop git from ignoring it.',
  outside: 'outside of the repository, so it is not shipped. Copy it into the skill.',
  typescript:
    'which is TypeScript, so it is not shipped: Node does not load it. If the service reads it, compile the service first and name its output as "entry", with "buildTarget".',
};

/** One for all files that are left out at one line for one reason. */
function inGroups(leftOut: Artefact['leftOut']): (Artefact['leftOut'][number] & { count: number })[] {
  const groups = new Map<string, Artefact['leftOut'][number] & { count: number }>();
  for (const one of leftOut) {
    const key = `${one.readAt} ${one.why}`;
    groups.set(key, { ...(groups.get(key) ?? one), count: (groups.get(key)?.count ?? 0) + 1 });
  }
  return [...groups.values()];
}

/** What is shipped, and what is not, because of what the code reads. */
function describeRead({ read, leftOut }: Artefact): string {
  const shown = read.slice(0, shownFiles).join(', ');
  const others = read.length > shownFiles ? ` and ${read.length - shownFiles} more` : '';
  const shipped = read.length > 0 ? `  Shipped, because the code reads them: ${shown}${others}\n` : '';
  const missing = inGroups(leftOut).map(({ path, readAt, why, count }) => {
    const what = count > 1 ? `${path}, as one of ${count},` : `${path},`;
    return `  ! ${readAt} reads ${what} ${reasons[why]}\n`;
  });
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
