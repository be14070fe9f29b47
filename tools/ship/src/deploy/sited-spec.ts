import type { AppSpec } from '@odoobo/app-platform';
import { AppSpecError, type AppSpecFile } from '@odoobo/app-platform/spec';
import { join, relative } from 'node:path';
import { ignoredByGit } from '../artefact/assets.js';
import { AssetError, findStatic } from '../manifest/assets.js';
import type { SkillManifest } from '../manifest/manifest.js';
import { requireReachable, staticIssues, withStaticSite } from '../manifest/static-site.js';
import type { PrepareOptions } from './prepare.js';

/**
 * The App Spec with the static site of the manifest.
 * @param placed the App Spec of the app that is deployed
 * @param locate finds in the file what is wrong with it
 * @throws AppSpecError where there can be no static site; AssetError where its folder cannot be served
 */
export async function sitedSpec(
  placed: AppSpec,
  manifest: SkillManifest,
  locate: AppSpecFile['locate'],
  {
    workspaceRoot,
    skillRoot,
    checkout,
    source,
    promoted,
  }: Pick<PrepareOptions, 'workspaceRoot' | 'skillRoot' | 'checkout' | 'source' | 'promoted'>,
): Promise<AppSpec> {
  if (manifest.static === undefined) return placed;
  const issues = staticIssues(placed, manifest);
  if (issues.length > 0) throw new AppSpecError(locate(issues));
  const folder = join(workspaceRoot, skillRoot);
  const skillFolder = checkout ? relative(checkout.worktree, folder) : skillRoot;
  const spec = withStaticSite(placed, manifest, source === 'artefact' ? source : { skillFolder });
  // What is promoted was not built here.
  if (promoted) return spec;
  const files = await findStatic(folder, manifest.static);
  requireReachable(spec, manifest.static, files);
  if (source === 'as-written' && !manifest.buildTarget) await requireInCommit(folder, manifest.static, files);
  return spec;
}

/** App Platform has only what is in the commit. Uncommitted changes are refused for all files of a skill. */
async function requireInCommit(folder: string, site: string, files: readonly string[]): Promise<void> {
  const [ignored] = await ignoredByGit(folder, files);
  if (ignored === undefined) return;
  throw new AssetError(
    site,
    `git ignores ${ignored}, so App Platform would not have it. Commit it, or name the target that makes "${site}" as "buildTarget".`,
    'static',
  );
}
