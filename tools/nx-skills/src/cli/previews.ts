import type { App, AppPlatformClient } from '@odoobo/app-platform';
import { deleteApps, reportLeft } from '@odoobo/ship/apps/delete-apps';
import { appCells, showApp, type ShownApp } from '@odoobo/ship/apps/show-app';
import { deletedMarkdown, noPreviewsMarkdown, previewsMarkdown } from '@odoobo/ship/ci/previews-markdown';
import { connectToRunning } from '@odoobo/ship/platform/connect';
import { isPreview, type Preview, previewOf } from '@odoobo/ship/preview/preview';
import { previewFolder } from '@odoobo/ship/preview/preview-folders';
import { workspaceFolders } from '@odoobo/ship/records/workspace-folders';
import { describeError } from '@odoobo/ship/terminal/describe-error';
import { table } from '@odoobo/ship/terminal/table';
import { rm } from 'node:fs/promises';
import { environmentOf, type PlaceOptions } from './arguments.js';

export interface PreviewsOptions extends PlaceOptions {
  pullRequest: number;
  delete?: boolean;
  markdown?: boolean;
}

/**
 * Shows the previews of a pull request, or deletes them: only the apps whose name and mark belong to it.
 * @returns 1 where one could not be deleted
 * @throws where an option is wrong, or the platform cannot be reached
 */
export function previewsCommand(options: PreviewsOptions): Promise<number> {
  return withReason(options.markdown ?? false, () => showOrDelete(options));
}

/** The comment on the pull request says why there are no previews. */
async function withReason(markdown: boolean, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (markdown) process.stdout.write(noPreviewsMarkdown(describeError(error)));
    throw error;
  }
}

async function showOrDelete({ pullRequest, markdown = false, ...options }: PreviewsOptions): Promise<number> {
  const place = await environmentOf(options);
  const folders = workspaceFolders(process.cwd());
  const preview = await previewOf(pullRequest, process.cwd());
  const { client, label, close } = await connectToRunning(place, folders, process.env);
  const previews = { client, preview, label };
  try {
    if (!options.delete) return await show(previews, markdown);
    const code = await remove(previews, markdown);
    if (code === 0)
      await rm(previewFolder(folders, { ...place, pullRequest }), { recursive: true, force: true });
    return code;
  } finally {
    await close();
  }
}

/** The previews of a pull request on a platform. */
interface Previews {
  client: AppPlatformClient;
  preview: Preview;
  label: string;
}

async function show({ client, preview, label }: Previews, markdown: boolean): Promise<number> {
  const apps = await findPreviews(client, preview);
  const previews = await Promise.all(apps.map((app) => showApp(client, app)));
  process.stdout.write(markdown ? previewsMarkdown(previews) : lines(previews, preview, label));
  return 0;
}

function lines(previews: readonly ShownApp[], { pullRequest }: Preview, label: string): string {
  if (previews.length === 0) return `There is no preview of pull request ${pullRequest} on ${label}.\n`;
  const rows = table(previews.map(appCells)).map((row) => `  ${row}`);
  return [`Previews of pull request ${pullRequest} on ${label}:`, ...rows, ''].join('\n');
}

async function remove({ client, preview, label }: Previews, markdown: boolean): Promise<number> {
  const { deleted, left } = await deleteApps(client, await findPreviews(client, preview));
  const names = deleted.map(({ spec }) => spec.name);
  const lines = names.map((name) => `Deleted ${name} from ${label}.\n`).join('');
  const none = `There is no preview of pull request ${preview.pullRequest} on ${label}.\n`;
  process.stdout.write(markdown ? deletedMarkdown(names) : lines || (left.length === 0 ? none : ''));
  return reportLeft(left);
}

/** The existing previews of a pull request, by name. @throws AppPlatformError when the apps cannot be listed */
async function findPreviews(client: AppPlatformClient, preview: Preview): Promise<App[]> {
  const found: App[] = [];
  for (const app of await client.listApps()) if (await isPreview(client, app, preview)) found.push(app);
  return found.sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
}
