import {
  type AppSpec,
  AppSpecError,
  type Issue,
  readAppSpec,
  writtenSpecIssues,
} from '@odoobo/app-platform/spec';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AssetError, findAssets } from './assets.js';
import { imageIssues } from './image-issues.js';
import { appSpecPathOf, type FileIssue, loadManifest, ManifestError } from './load-manifest.js';
import type { SkillManifest } from './manifest.js';
import { pythonModuleFiles } from './python-entry.js';

/**
 * All errors of a skill.
 *
 * @param skillRoot folder of the skill, relative to `workspaceRoot`
 * @param projects names of all projects of the workspace
 */
export async function findIssues(
  workspaceRoot: string,
  skillRoot: string,
  projects: readonly string[],
): Promise<FileIssue[]> {
  try {
    const manifest = await loadManifest(workspaceRoot, skillRoot);
    return [
      ...(await structureIssues(workspaceRoot, skillRoot, manifest)),
      ...dependencyIssues(skillRoot, manifest, projects),
      ...(await appSpecIssues(workspaceRoot, manifest)),
    ];
  } catch (error) {
    if (error instanceof ManifestError) return [...error.issues];
    throw error;
  }
}

async function structureIssues(
  root: string,
  skillRoot: string,
  manifest: SkillManifest,
): Promise<FileIssue[]> {
  const file = join(skillRoot, 'skill.json');
  const issues: FileIssue[] = [];
  if (!(await someExist(join(root, skillRoot), entryFiles(manifest)))) {
    const message = `"${manifest.entry}" does not exist in ${skillRoot}`;
    issues.push({ file, path: 'entry', message });
  }
  if (manifest.runtime === 'python' && !(await exists(join(root, skillRoot, 'requirements.txt')))) {
    const message = 'does not exist: it must name the dependencies of the skill, including uvicorn';
    issues.push({ file: join(skillRoot, 'requirements.txt'), path: '', message });
  }
  return [...issues, ...(await assetIssues(root, skillRoot, manifest))];
}

async function assetIssues(root: string, skillRoot: string, { assets }: SkillManifest): Promise<FileIssue[]> {
  try {
    await findAssets(join(root, skillRoot), assets);
    return [];
  } catch (error) {
    if (!(error instanceof AssetError)) throw error;
    const path = `assets/${assets.indexOf(error.pattern)}`;
    return [{ file: join(skillRoot, 'skill.json'), path, message: error.problem }];
  }
}

function entryFiles({ runtime, entry }: SkillManifest): string[] {
  return runtime === 'python' ? pythonModuleFiles(entry) : [entry];
}

function dependencyIssues(
  skillRoot: string,
  manifest: SkillManifest,
  projects: readonly string[],
): FileIssue[] {
  return manifest.dependencies.flatMap((dependency, index) => {
    if (projects.includes(dependency) && dependency !== manifest.id) return [];
    const message =
      dependency === manifest.id ? 'a skill cannot depend on itself' : `there is no skill "${dependency}"`;
    return [{ file: join(skillRoot, 'skill.json'), path: `dependencies/${index}`, message }];
  });
}

async function appSpecIssues(root: string, manifest: SkillManifest): Promise<FileIssue[]> {
  const file = appSpecPathOf(manifest);
  if (!(await exists(join(root, file)))) {
    const message = `does not exist: it describes ${manifest.id} in production`;
    return [{ file, path: '', message }];
  }
  try {
    const { spec, locate } = readAppSpec(await readFile(join(root, file), 'utf8'), file);
    return locate(agreementIssues(spec, manifest));
  } catch (error) {
    if (error instanceof AppSpecError) return [...error.issues];
    throw error;
  }
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
  issues.push(...writtenSpecIssues(spec), ...imageIssues(spec, manifest));
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
