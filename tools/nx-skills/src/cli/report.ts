import type { NxJsonConfiguration } from '@nx/devkit';
import { remoteHead } from '@odoobo/git-flow';
import { UsageError } from '@odoobo/local-platform/command-line';
import { runner } from '@odoobo/machine/package-manager';
import { notifyReport } from '@odoobo/ship/ci/notify-report';
import { findJournals, readLastRuns, shippedIn } from '@odoobo/ship/ci/read-journals';
import { cancelled, makeReport, supersededBy, type Unrecorded } from '@odoobo/ship/ci/report';
import { reportMarkdown } from '@odoobo/ship/ci/report-markdown';
import { workspaceFolders } from '@odoobo/ship/records/workspace-folders';
import { join } from 'node:path';
import { parseNames } from './arguments.js';

export interface ReportOptions {
  from?: string;
  skills?: string;
  markdown?: boolean;
  json?: boolean;
  unrecorded?: string;
  notify?: boolean;
}

/**
 * Prints the result of the last deployment: of this workspace, or of all jobs of a pipeline whose journals are in a
 * folder. With `--notify` it also notifies the workspace's webhook.
 * @throws where nothing was deployed, and when the webhook is set wrongly
 */
export async function reportCommand(options: ReportOptions): Promise<number> {
  if (options.json && options.markdown) throw new UsageError('--json and --markdown cannot be combined.');
  const root = process.cwd();
  const { journal } = workspaceFolders(root);
  const records = await readLastRuns(
    options.from === undefined ? [journal] : await findJournals(options.from),
  );
  const skills = parseNames(options.skills) ?? shippedIn(records);
  if (skills.length === 0) {
    const where = options.from === undefined ? 'this workspace' : options.from;
    throw new Error(`No deployment is recorded in ${where}. Deploy first: ${runner} nx run-many -t deploy`);
  }
  const report = makeReport(skills, records, await whatBecame(options.unrecorded ?? '', root, process.env));
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : reportMarkdown(report));
  if (options.notify)
    await notifyReport(report, records, { plugins: await readPlugins(root), env: process.env });
  return 0;
}

/**
 * The result of skills without a record. GitHub cancels a job that waits for another one as soon as a newer run waits
 * too: if the branch is at a newer commit, that run ships them.
 */
async function whatBecame(unrecorded: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Unrecorded> {
  // A pipeline passes an unknown value as an empty string.
  if (unrecorded === 'failed' || unrecorded === '') return {};
  if (unrecorded !== 'cancelled')
    throw new UsageError(`Expected --unrecorded=failed or --unrecorded=cancelled; got "${unrecorded}".`);
  const { GITHUB_REF_NAME: branch, GITHUB_SHA: commit } = env;
  if (!branch || !commit) return cancelled;
  const head = await remoteHead({ remote: 'origin', branch, cwd }).catch(() => undefined);
  if (head === undefined || head === commit) return cancelled;
  return supersededBy(`${head.slice(0, 12)}, a newer commit of ${branch}`);
}

async function readPlugins(root: string): Promise<NxJsonConfiguration['plugins']> {
  const { readJsonFile } = await import('nx/src/devkit-exports.js');
  return readJsonFile<NxJsonConfiguration>(join(root, 'nx.json')).plugins;
}
