import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { LogsResponse } from '@odoobo/app-platform/spec';
import { get, requireServer } from './api.js';
import { listApps, newestDeployment } from './apps.js';
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
  const { live_url: live, historic_urls: historic = [] } = await get<LogsResponse>(server, path);
  for (const url of follow && live ? [live] : historic) await print(url);
  return 0;
}

async function print(url: string): Promise<void> {
  const response = await fetch(url);
  if (!response.ok || !response.body)
    throw new Error(`The log could not be read: ${response.status} from the server.`);
  await pipeline(Readable.fromWeb(response.body), process.stdout, { end: false });
}
