import {
  type AppSpec,
  AppSpecError,
  type Issue,
  readAppSpec,
  unknownBindables,
  writtenSpecIssues,
} from '@odoobo/app-platform/spec';
import { loadProblem } from '@odoobo/app-platform/versions';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { placementIssues } from '../placement/placement-issues.js';
import { AssetError, findAssets, findStatic } from './assets.js';
import { imageIssues } from './image-issues.js';
import {
  appSpecPathOf,
  type FileIssue,
  type LoadedManifest,
  loadManifestFile,
  ManifestError,
} from './load-manifest.js';
import type { SkillManifest } from './manifest.js';
import { pythonModuleFiles } from './python-entry.js';
import { rolloutIssues } from './rollout-issues.js';
import type { SkillPlace } from './skill-place.js';
import { requireReachable, staticIssues, withStaticSite } from './static-site.js';

/** A skill of the workspace, by its name. */
export type NamedSkill = Pick<SkillPlace, 'skill' | 'skillRoot'>;

/**
 * All errors of a skill.
 *
 * @param skillRoot folder of the skill, relative to `workspaceRoot`
 * @param skills all skills of the workspace
 */
export async function findIssues(
  workspaceRoot: string,
  skillRoot: string,
  skills: readonly NamedSkill[],
): Promise<FileIssue[]> {
  try {
    const loaded = await loadManifestFile(workspaceRoot, skillRoot);
    return [
      ...(await structureIssues(workspaceRoot, skillRoot, loaded)),
      ...nameIssues(skillRoot, loaded, skills),
      ...dependencyIssues(loaded, skills),
      ...(await appSpecIssues(workspaceRoot, skillRoot, loaded, skills)),
    ];
  } catch (error) {
    if (error instanceof ManifestError) return [...error.issues];
    throw error;
  }
}

/** What may be wrong in a skill without errors, with file and path. */
export async function findWarnings(workspaceRoot: string, skillRoot: string): Promise<FileIssue[]> {
  const { manifest } = await loadManifestFile(workspaceRoot, skillRoot);
  const file = appSpecPathOf(manifest);
  const { spec, locate } = readAppSpec(await readFile(join(workspaceRoot, file), 'utf8'), file);
  return locate(unknownBindables(spec));
}

async function structureIssues(
  root: string,
  skillRoot: string,
  { manifest, file, at }: LoadedManifest,
): Promise<FileIssue[]> {
  const issues: FileIssue[] = [];
  const needed = entryFiles(manifest);
  // What its own build makes is not there before it is built.
  if (needed.length > 0 && !manifest.buildTarget && !(await someExist(join(root, skillRoot), needed))) {
    const [field, value] = manifest.ship === undefined ? ['entry', manifest.entry] : ['ship', manifest.ship];
    issues.push({ file, path: at(field), message: `"${value ?? ''}" does not exist in ${skillRoot}` });
  }
  if (manifest.runtime === 'python' && !(await exists(join(root, skillRoot, 'requirements.txt')))) {
    const message =
      'does not exist: it must name the packages that are needed, including the server, such as uvicorn';
    issues.push({ file: join(skillRoot, 'requirements.txt'), path: '', message });
  }
  return [...issues, ...(await assetIssues(join(root, skillRoot), { manifest, file, at }))];
}

async function assetIssues(folder: string, { manifest, file, at }: LoadedManifest): Promise<FileIssue[]> {
  const { assets, static: site, buildTarget } = manifest;
  // What its own build makes is not there before it is built.
  if (buildTarget) return [];
  try {
    await findAssets(folder, assets);
    if (site !== undefined) await findStatic(folder, site);
    return [];
  } catch (error) {
    return [assetIssue(error, { manifest, file, at })];
  }
}

/** @throws an error of another kind, as it is */
function assetIssue(error: unknown, { manifest: { assets }, file, at }: LoadedManifest): FileIssue {
  if (!(error instanceof AssetError)) throw error;
  const { field, pattern, problem } = error;
  return {
    file,
    path: at(field === 'static' ? field : `${field}/${assets.indexOf(pattern)}`),
    message: problem,
  };
}

function entryFiles({ runtime, entry, ship }: SkillManifest): string[] {
  const needed = ship ?? entry;
  if (needed === undefined) return [];
  return runtime === 'python' ? pythonModuleFiles(needed) : [needed];
}

/** Two skills of one name would replace each other's app. */
function nameIssues(
  skillRoot: string,
  { manifest, file, at }: LoadedManifest,
  skills: readonly NamedSkill[],
): FileIssue[] {
  const other = skills.find((one) => one.skill === manifest.id && one.skillRoot !== skillRoot);
  if (!other) return [];
  const message = `"${manifest.id}" is also the skill in ${other.skillRoot}: each needs an app of its own. Rename one`;
  return [{ file, path: at('id'), message }];
}

function dependencyIssues(
  { manifest, file, at }: LoadedManifest,
  skills: readonly NamedSkill[],
): FileIssue[] {
  return manifest.dependencies.flatMap((dependency, index) => {
    if (skills.some(({ skill }) => skill === dependency) && dependency !== manifest.id) return [];
    const message =
      dependency === manifest.id ? 'a skill cannot depend on itself' : `there is no skill "${dependency}"`;
    return [{ file, path: at(`dependencies/${index}`), message }];
  });
}

async function appSpecIssues(
  root: string,
  skillRoot: string,
  loaded: LoadedManifest,
  skills: readonly NamedSkill[],
): Promise<FileIssue[]> {
  const { manifest } = loaded;
  const file = appSpecPathOf(manifest);
  if (!(await exists(join(root, file)))) {
    const message = `does not exist: it describes ${manifest.id} in production`;
    return [{ file, path: '', message }];
  }
  try {
    const { spec, locate } = readAppSpec(await readFile(join(root, file), 'utf8'), file);
    const issues = [...locate(agreementIssues(spec, manifest)), ...loadIssues(loaded, spec)];
    if (issues.length > 0) return issues;
    const placements = await placementIssues(root, manifest.id, skills, spec);
    return [...(await reachIssues(join(root, skillRoot), spec, loaded)), ...placements];
  } catch (error) {
    if (error instanceof AppSpecError) return [...error.issues];
    throw error;
  }
}

/** Files of the static site that nobody would get; a folder without any is an issue of the structure. */
async function reachIssues(folder: string, spec: AppSpec, loaded: LoadedManifest): Promise<FileIssue[]> {
  const { static: site, buildTarget } = loaded.manifest;
  const files = site === undefined || buildTarget ? [] : await findStatic(folder, site).catch(() => []);
  if (site === undefined || files.length === 0) return [];
  try {
    requireReachable(withStaticSite(spec, loaded.manifest, 'artefact'), site, files);
    return [];
  } catch (error) {
    return [assetIssue(error, loaded)];
  }
}

function loadIssues({ manifest: { load }, file, at }: LoadedManifest, spec: AppSpec): FileIssue[] {
  const message = load && loadProblem(spec, load);
  return message === undefined ? [] : [{ file, path: at('load/component'), message }];
}

/** Values that are in both the manifest and the App Spec must be equal. */
function agreementIssues(spec: AppSpec, manifest: SkillManifest): Issue[] {
  const issues: Issue[] = [];
  if (spec.name !== manifest.id) {
    issues.push({
      path: 'name',
      message: `expected "${manifest.id}", the id of the skill, got "${spec.name}"`,
    });
  }
  if (!spec.services?.length)
    issues.push({ path: 'services', message: 'expected a service: a skill serves HTTP' });
  issues.push(...writtenSpecIssues(spec), ...imageIssues(spec, manifest), ...staticIssues(spec, manifest));
  if (manifest.rollout) issues.push(...rolloutIssues(spec, manifest));
  for (const [index, service] of (spec.services ?? []).entries()) {
    const path = service.health_check?.http_path;
    if (path === undefined || path === manifest.healthPath) continue;
    const message = `expected "${manifest.healthPath}", the healthPath of the skill, got "${path}"`;
    issues.push({ path: `services/${index}/health_check/http_path`, message });
  }
  return issues;
}

async function someExist(folder: string, paths: readonly string[]): Promise<boolean> {
  const found = await Promise.all(paths.map((path) => exists(join(folder, path))));
  return found.includes(true);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
