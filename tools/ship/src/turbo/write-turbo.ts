import { packageManagerOf } from '@odoobo/machine/package-manager';
import { execa } from 'execa';
import { parse } from 'jsonc-parser';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readIdentity } from '../manifest/read-identity.js';
import { editJsonText } from '../workspace/edit-json-text.js';
import type { OrderedPlace, PlainWorkspace } from '../workspace/read-workspace.js';
import { skillScripts, type TurboPackage, turboTasks } from './turbo-tasks.js';

const turboFile = 'turbo.json';
const packageFile = 'package.json';
const schema = 'https://turborepo.com/schema.json';

/**
 * Writes the scripts of all skills, and the tasks of `turbo.json`. A script or a task that is there already is kept.
 * @returns the files that it changed, from the root of the workspace
 * @throws when a skill is no package, before anything is written
 */
export async function writeTurbo({ root, places }: PlainWorkspace): Promise<string[]> {
  const packages = await Promise.all(places.map(packageOf));
  const tasks = turboTasks(packages);
  const scripts = Object.entries(skillScripts).map(([name, script]): Missing => [['scripts', name], script]);
  const entries = Object.entries(tasks).map(([name, task]): Missing => [['tasks', name], task]);
  const changed = await Promise.all([
    addMissing(root, packageFile, await managerOf(root)),
    ...places.map(({ skillRoot }) => addMissing(root, join(skillRoot, packageFile), scripts)),
    addMissing(root, turboFile, [[['$schema'], schema], ...entries]),
  ]);
  return changed.flat();
}

async function packageOf({
  workspaceRoot,
  skillRoot,
  skill,
  dependencies,
}: OrderedPlace): Promise<TurboPackage> {
  const { buildTarget, appSpec } = readIdentity(workspaceRoot, skillRoot);
  const { name } = (await readJson(join(workspaceRoot, skillRoot, packageFile))) ?? {};
  if (typeof name !== 'string' || name === '')
    throw new Error(
      `${skillRoot} has no package.json with a name, so Turborepo does not know ${skill}. Write one: ` +
        `{ "name": "${skill}", "private": true, "type": "module" }, and list the folder in the workspaces of the root.`,
    );
  return { name, skill, dependencies, buildTarget, appSpec };
}

/** Turborepo reads the lock file of the package manager that the root names. */
async function managerOf(root: string): Promise<Missing[]> {
  const { name = 'npm' } = (await packageManagerOf(root)) ?? {};
  const { stdout } = await execa(name, ['--version'], { cwd: root, reject: false });
  const version = /^\d+\.\d+\.\d+\S*/.exec(stdout ?? '')?.[0];
  return version === undefined ? [] : [[['packageManager'], `${name}@${version}`]];
}

/** A value, and where it belongs. */
type Missing = [path: string[], value: unknown];

async function addMissing(root: string, file: string, values: readonly Missing[]): Promise<string[]> {
  const path = join(root, file);
  const before = await readFile(path, 'utf8').catch(() => '{}\n');
  let text = before;
  for (const [at, value] of values)
    if (valueAt(parse(text), at) === undefined) text = editJsonText(text, at, value);
  if (text === before) return [];
  await writeFile(path, text);
  return [file];
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (found, name) => (typeof found === 'object' && found !== null ? Reflect.get(found, name) : undefined),
    value,
  );
}

async function readJson(file: string): Promise<Record<string, unknown> | undefined> {
  return readFile(file, 'utf8').then(
    (text) => parse(text) as Record<string, unknown>,
    () => undefined,
  );
}
