import { execa } from 'execa';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type SkillManifest, skillManifestSchema } from '../manifest/manifest.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { type Artefact, buildArtefact } from './build-artefact.js';

/** By their paths from the skill; those of packages are in `node_modules` of the workspace, and those of `libs` are there, too. */
export type Files = Record<string, string | Buffer>;

/** Of a skill whose entry is main.ts. */
export function manifest(fields: Partial<SkillManifest>): SkillManifest {
  const required = { id: 'shop', version: '1.0.0', description: 'Sells.', runtime: 'node', entry: 'main.ts' };
  return skillManifestSchema.parse({ ...required, ...fields });
}

/** @returns the folder of a skill with these files */
export async function skillWith(files: Files): Promise<string> {
  const workspace = await tempDirectory();
  for (const [path, contents] of Object.entries(files)) {
    const file = join(workspace, /^(?:node_modules|libs)\//.test(path) ? path : `skills/shop/${path}`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, contents);
  }
  return join(workspace, 'skills/shop');
}

/** An artefact, and what it printed. */
export interface Built extends Artefact {
  skill: string;
  printed: string;
}

/** Builds a skill, and starts its files where there is nothing else. */
export async function builtAlone(
  files: Files,
  fields: Partial<SkillManifest> = {},
  prepare: (skill: string) => Promise<string> = (skill) => Promise.resolve(skill),
): Promise<Built> {
  const skill = await prepare(await skillWith(files));
  const artefact = await buildArtefact(skill, manifest(fields));
  const alone = join(await tempDirectory(), 'app');
  await cp(join(skill, 'dist/bundle'), alone, { recursive: true });
  const { stdout } = await execa(process.execPath, ['main.mjs'], {
    cwd: alone,
    env: { FORCE_COLOR: '0' },
  });
  return { ...artefact, skill, printed: stdout };
}
