import pLimit from 'p-limit';
import { FileDigests } from '../artefact/file-digests.js';
import { type BuildCache, buildSkill } from '../commands/build.js';
import { readIdentity } from '../manifest/read-identity.js';
import type { SkillOutcome } from '../runs/run-end.js';
import { hashedPaths } from '../runs/sources.js';
import { fitted } from '../terminal/open-block.js';
import { chooseSkills } from '../workspace/choose-skills.js';
import type { OrderedPlace, PlainWorkspace } from '../workspace/read-workspace.js';
import { builtBefore, PackageBuilds, runScript } from './package-builds.js';
import type { CommandCall } from './program.js';

/** Builds skills. */
export async function buildCommand({ names, only, workspace }: CommandCall): Promise<number> {
  const failed = await buildAll(chooseSkills(workspace, names), workspace, only);
  return failed.length > 0 ? 1 : 0;
}

/** How many skills are built at once. */
const atOnce = 4;

/**
 * Builds skills, and prints what came of each.
 * @param only not the builds of their own that run first
 * @returns the skills whose build failed
 */
export async function buildAll(
  places: readonly OrderedPlace[],
  workspace: PlainWorkspace,
  only = false,
): Promise<string[]> {
  const limit = pLimit(atOnce);
  const packages = new PackageBuilds(workspace);
  const outcomes = await limit.map(places, async (place) => {
    const outcome =
      (only ? undefined : ((await packages.before(place)) ?? (await ownBuild(place)))) ??
      (await buildSkill(place, cacheOf(place, workspace)));
    (outcome.success ? process.stdout : process.stderr).write(fitted(outcome.output, process.env));
    return outcome.success ? [] : [place.skill];
  });
  return outcomes.flat();
}

/** Runs the script that makes what is shipped. @returns how it failed */
async function ownBuild({
  workspaceRoot,
  skillRoot,
  skill,
}: OrderedPlace): Promise<SkillOutcome | undefined> {
  const { buildTarget } = readIdentity(workspaceRoot, skillRoot);
  if (buildTarget === undefined) return undefined;
  const failure = await runScript(workspaceRoot, skillRoot, buildTarget);
  return failure === undefined ? undefined : { success: false, output: `${skill}: ${failure}` };
}

/** What git ignores in the folder of a skill with a build of its own is what that makes. */
function cacheOf({ workspaceRoot, skillRoot }: OrderedPlace, { sources }: PlainWorkspace): BuildCache {
  return {
    hashed: async ({ buildTarget }) => ({
      paths: hashedPaths({ skillRoot }, sources),
      outputs: buildTarget === undefined ? [] : [`${skillRoot}/**`, '!**/node_modules/**'],
    }),
    builtFirst: async () => builtBefore({ skillRoot }, sources).map((folder) => `${folder}/**`),
    // Not shared: a script that runs between two builds may change what both bundle.
    digestOf: new FileDigests(workspaceRoot).of,
    affected: 'turbo run deploy --affected',
    advice: 'Move it into the skill, or into a package of the workspace that its package.json depends on.',
  };
}
