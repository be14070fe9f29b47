import { packageManagerOf } from '@odoobo/machine/package-manager';
import { execa } from 'execa';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { FileDigests } from '../artefact/file-digests.js';
import { type BuildCache, buildSkill } from '../commands/build.js';
import { readIdentity } from '../manifest/read-identity.js';
import type { SkillOutcome } from '../runs/run-end.js';
import { builtFrom, hashedPaths, type Sources } from '../runs/sources.js';
import { fitted } from '../terminal/open-block.js';
import { chooseSkills } from '../workspace/choose-skills.js';
import type { OrderedPlace, PlainWorkspace } from '../workspace/read-workspace.js';
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

/** What people, Nx and Turborepo call the build of a package. */
const buildScript = 'build';

/** The packages of the workspace that a skill is bundled from, those that others depend on first. */
function builtBefore({ skillRoot }: { skillRoot: string }, { graph }: Sources): string[] {
  return builtFrom(skillRoot, graph).filter((folder) => folder !== skillRoot);
}

/** The builds of packages of the workspace that skills are bundled from: each runs once, however many skills need it. */
class PackageBuilds {
  readonly #begun = new Map<string, Promise<string | undefined>>();

  constructor(private readonly workspace: PlainWorkspace) {}

  /** Builds the packages that a skill depends on, each after those that it depends on itself. @returns how one failed */
  async before(place: OrderedPlace): Promise<SkillOutcome | undefined> {
    const { root, places, sources } = this.workspace;
    const skills = new Set(places.map(({ skillRoot }) => skillRoot));
    const packages = builtBefore(place, sources).filter(
      (folder) => !skills.has(folder) && hasBuild(join(root, folder)),
    );
    for (const folder of packages) {
      const failure = await this.#once(folder);
      if (failure !== undefined) return { success: false, output: `${place.skill}: ${failure}` };
    }
    return undefined;
  }

  #once(folder: string): Promise<string | undefined> {
    const begun = this.#begun.get(folder) ?? runScript(this.workspace.root, folder, buildScript);
    this.#begun.set(folder, begun);
    return begun;
  }
}

function hasBuild(folder: string): boolean {
  try {
    const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      scripts?: Record<string, unknown>;
    };
    return typeof scripts?.[buildScript] === 'string';
  } catch {
    // The package manager reports a file that it cannot read.
    return false;
  }
}

/** Runs a script of a package with the workspace's package manager. @returns how it failed, with all its output */
async function runScript(root: string, folder: string, script: string): Promise<string | undefined> {
  const { name = 'npm' } = (await packageManagerOf(root)) ?? {};
  const { failed, all } = await execa(name, ['run', script], {
    cwd: join(root, folder),
    all: true,
    stdin: 'ignore',
    reject: false,
  });
  return failed ? `"${name} run ${script}" failed in ${folder}:\n${all}\n` : undefined;
}
