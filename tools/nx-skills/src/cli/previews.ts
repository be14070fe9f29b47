import type { AppPlatformClient } from '@odoobo/app-platform';
import { rm } from 'node:fs/promises';
import { deletedMarkdown, noPreviewsMarkdown, previewsMarkdown } from '../ci/previews-markdown.js';
import { connectToRunning, type EnvironmentOptions } from '../environment/connect.js';
import { workspaceFolders } from '../environment/workspace-folders.js';
import { deletePreviews, findPreviews, showPreview, type ShownPreview } from '../preview/find-previews.js';
import { previewFolder } from '../preview/preview-folders.js';
import { previewOf, type Preview } from '../preview/preview.js';
import { describeError } from '../terminal/describe-error.js';
import { table } from '../terminal/table.js';
import { parseArguments, parseNumber } from './arguments.js';

/**
 * Shows the previews of a pull request, or deletes them: those apps only that are named and marked as its own.
 *
 * @returns 1 where one could not be deleted
 * @throws where an option is wrong, or the platform cannot be reached
 */
export async function previewsCommand(args: readonly string[]): Promise<number> {
  const options = parseArguments(args, {
    'pull-request': { type: 'string' },
    configuration: { type: 'string', short: 'c' },
    'platform-url': { type: 'string' },
    delete: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
  });
  const pullRequest = parseNumber(options['pull-request']);
  if (pullRequest === undefined)
    throw new Error('Expected --pull-request=<number>. See: npx nx-skills --help');
  return withReason(options.markdown, () => showOrDelete(pullRequest, options));
}

/** What is put on a pull request says why there is nothing else. */
async function withReason(markdown: boolean, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (markdown) process.stdout.write(noPreviewsMarkdown(describeError(error)));
    throw error;
  }
}

interface PreviewsOptions {
  configuration?: string | undefined;
  'platform-url'?: string | undefined;
  delete: boolean;
  markdown: boolean;
}

async function showOrDelete(pullRequest: number, options: PreviewsOptions): Promise<number> {
  const place = environmentOf(options);
  const folders = workspaceFolders(process.cwd());
  const preview = await previewOf(pullRequest, process.cwd(), process.env);
  const { client, label, close } = await connectToRunning(place, folders, process.env);
  const previews = { client, preview, label };
  try {
    if (!options.delete) return await show(previews, options.markdown);
    const code = await remove(previews, options.markdown);
    if (code === 0)
      await rm(previewFolder(folders, { ...place, pullRequest }), { recursive: true, force: true });
    return code;
  } finally {
    await close();
  }
}

/** Of a pull request, on a platform. */
interface Previews {
  client: AppPlatformClient;
  preview: Preview;
  label: string;
}

function environmentOf({ configuration, 'platform-url': platformUrl }: PreviewsOptions): EnvironmentOptions {
  if (configuration !== undefined && configuration !== 'production') {
    throw new Error(`Expected -c production, or nothing for the local platform; got "${configuration}".`);
  }
  return { environment: configuration ?? 'local', platformUrl };
}

async function show({ client, preview, label }: Previews, markdown: boolean): Promise<number> {
  const apps = await findPreviews(client, preview);
  const previews = await Promise.all(apps.map((app) => showPreview(client, app)));
  process.stdout.write(markdown ? previewsMarkdown(previews) : lines(previews, preview, label));
  return 0;
}

function lines(previews: readonly ShownPreview[], { mark }: Preview, label: string): string {
  if (previews.length === 0) return `There is no preview of ${mark} on ${label}.\n`;
  const rows = previews.map(({ name, state, cost, url }) => [
    name,
    state,
    cost === undefined ? 'cost not known' : `$${cost.toFixed(2)} a month`,
    url ?? '',
  ]);
  return [`Previews of ${mark} on ${label}:`, ...table(rows).map((row) => `  ${row}`), ''].join('\n');
}

async function remove({ client, preview, label }: Previews, markdown: boolean): Promise<number> {
  const { deleted, left } = await deletePreviews(client, preview);
  const told = deleted.map((name) => `Deleted ${name} from ${label}.\n`).join('');
  const none = `There is no preview of ${preview.mark} on ${label}.\n`;
  process.stdout.write(markdown ? deletedMarkdown(deleted) : told || (left.length === 0 ? none : ''));
  for (const { name, error } of left)
    process.stderr.write(`nx-skills: ${name} was not deleted: ${error.message}\n`);
  return left.length === 0 ? 0 : 1;
}
