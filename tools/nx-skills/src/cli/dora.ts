import { UsageError } from '@odoobo/local-platform/command-line';
import { readDelivery } from '@odoobo/ship/delivery/read-delivery';
import { deliveryMarkdown, deliveryTable } from '@odoobo/ship/delivery/show-delivery';
import { parseSince } from '@odoobo/ship/delivery/since';
import { connectToRunning } from '@odoobo/ship/platform/connect';
import { workspaceFolders } from '@odoobo/ship/records/workspace-folders';
import { type Projects, skillsIn } from '../executors/context.js';
import { environmentOf, type PlaceOptions } from './arguments.js';
import { unlessRunning } from './unless-running.js';
import { readProjects } from './workspace.js';

export interface DoraOptions extends PlaceOptions {
  since?: string;
  from?: string;
  json?: boolean;
  markdown?: boolean;
}

/** The tag of a project that names its team. */
const teamTag = /^team:(.+)$/;

/**
 * Prints the delivery figures of an environment, for all, for each team and for each skill.
 * @throws where an option is wrong, or journal, platform or git cannot be read
 */
export async function doraCommand({
  since = '30d',
  from,
  json,
  markdown,
  ...options
}: DoraOptions): Promise<number> {
  if (json && markdown) throw new UsageError('--json and --markdown cannot be combined.');
  const now = Date.now();
  const start = parseSince(since, now);
  const place = await environmentOf(options);
  const cwd = process.cwd();
  const folders = workspaceFolders(cwd);
  const teams = teamsIn(await readProjects(), cwd);
  const platform = await connectToRunning(place, folders, process.env).catch(unlessRunning);
  try {
    const { environment } = place;
    const { journal } = folders;
    const read = { cwd, environment, since: start, now, teams, journal, from, client: platform?.client };
    const delivery = await readDelivery(read);
    const text = json
      ? `${JSON.stringify(delivery, null, 2)}\n`
      : (markdown ? deliveryMarkdown : deliveryTable)(delivery);
    process.stdout.write(text);
    return 0;
  } finally {
    await platform?.close();
  }
}

function teamsIn(projects: Projects, cwd: string): ReadonlyMap<string, readonly string[]> {
  return new Map(
    skillsIn(projects, cwd).map(({ skill, project }) => [
      skill,
      (projects[project]?.tags ?? []).flatMap((tag) => teamTag.exec(tag)?.[1] ?? []),
    ]),
  );
}
