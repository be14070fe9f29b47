import { packageManagerOf } from '@odoobo/machine/package-manager';
import { execa } from 'execa';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SkillOutcome } from '../runs/run-end.js';
import { builtFrom, type Sources } from '../runs/sources.js';
import type { OrderedPlace, PlainWorkspace } from '../workspace/read-workspace.js';

/** What people, Nx and Turborepo call the build of a package. */
const buildScript = 'build';

/** The packages of the workspace that a skill is bundled from, those that others depend on first. */
export function builtBefore({ skillRoot }: { skillRoot: string }, { graph }: Sources): string[] {
  return builtFrom(skillRoot, graph).filter((folder) => folder !== skillRoot);
}

/** The builds of packages of the workspace that skills are bundled from: each runs once, however many skills need it. */
export class PackageBuilds {
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
export async function runScript(root: string, folder: string, script: string): Promise<string | undefined> {
  const { name = 'npm' } = (await packageManagerOf(root)) ?? {};
  const { failed, all } = await execa(name, ['run', script], {
    cwd: join(root, folder),
    all: true,
    stdin: 'ignore',
    reject: false,
  });
  return failed ? `"${name} run ${script}" failed in ${folder}:\n${all}\n` : undefined;
}
