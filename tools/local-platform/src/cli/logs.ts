import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { LogsResponse } from '@odoobo/app-platform/spec';
import { getJson, requireServer } from './api.js';
import { listApps, newestDeployment } from './apps.js';
import { followLog } from './follow-log.js';
import type { CliOptions } from './options.js';

/** Prints the log of an app: of what runs, or of the newest deployment. */
export async function logs(directory: string, { names, type, follow }: CliOptions): Promise<number> {
  const [name = ''] = names;
  const server = await requireServer(directory);
  const apps = await listApps(server);
  const app = apps.find(({ spec }) => spec.name === name);
  if (!app)
    throw new Error(
      `There is no app "${name}". There is: ${apps.map(({ spec }) => spec.name).join(', ') || 'none'}.`,
    );
  const newest = await newestDeployment(server, app);
  const deployment = type === 'RUN' ? (app.active_deployment ?? newest) : newest;
  const path = `/v2/apps/${app.id}/deployments/${deployment?.id}/logs?type=${type}&follow=${follow}`;
  const { live_url: live, historic_urls: historic = [] } = await getJson<LogsResponse>(server, path);
  if (follow && live !== undefined) await followLog(live, process.stdout);
  else for (const url of historic) await print(url);
  return 0;
}

async function print(url: string): Promise<void> {
  const [response] = (await once(get(url), 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) {
    throw new Error(`The log could not be read: the server answered ${response.statusCode}.`);
  }
  try {
    await pipeline(response, process.stdout, { end: false });
  } catch (cause) {
    // Whoever reads, such as `head`, may have enough before the end.
    if ((cause as NodeJS.ErrnoException).code === 'EPIPE') return;
    throw new Error('The server ended before the log did.', { cause });
  }
}
