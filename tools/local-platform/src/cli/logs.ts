import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { plainText, type LogsResponse } from '@odoobo/app-platform/spec';
import { getJson, requireServer } from './api.js';
import { listApps, newestDeployment } from './apps.js';
import { followLog } from './follow-log.js';
import type { CliOptions } from './options.js';

/** Prints the log of an app: of what runs, or of the newest deployment. */
export async function logs(directory: string, { names, type, follow, raw }: CliOptions): Promise<number> {
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
  const show = raw ? (text: string) => text : plainText;
  if (follow && live !== undefined) await followLog(live, show, process.stdout);
  else for (const url of historic) await print(url, show);
  return 0;
}

async function print(url: string, show: (text: string) => string): Promise<void> {
  const [response] = (await once(get(url), 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) {
    throw new Error(`The log could not be read: the server answered ${response.statusCode}.`);
  }
  try {
    const shown = async function* (text: AsyncIterable<string>): AsyncGenerator<string> {
      for await (const lines of wholeLines(text)) yield show(lines);
    };
    await pipeline(response.setEncoding('utf8'), shown, process.stdout, { end: false });
  } catch (cause) {
    // Whoever reads, such as `head`, may have enough before the end.
    if ((cause as NodeJS.ErrnoException).code === 'EPIPE') return;
    throw new Error('The server ended before the log did.', { cause });
  }
}

/** A chunk may end in the middle of a control sequence. */
async function* wholeLines(text: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of text) {
    const end = chunk.lastIndexOf('\n') + 1;
    if (end > 0) yield rest + chunk.slice(0, end);
    rest = end > 0 ? chunk.slice(end) : rest + chunk;
  }
  yield rest;
}
