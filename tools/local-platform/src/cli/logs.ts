import {
  followApp,
  type LogFrame,
  type LogSource,
  type LogStart,
  NoSuchLog,
} from '@odoobo/app-platform/follow';
import { type App, type LogsResponse, plainText } from '@odoobo/app-platform/spec';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createWebSocketStream, WebSocket } from 'ws';
import { getJson, RefusedCall, requireServer } from './api.js';
import { listApps, newestDeployment } from './apps.js';
import type { CliOptions } from './options.js';

/** Prints the log of an app: of what runs, or of the newest deployment. */
export async function logs(directory: string, { names, type, follow, raw }: CliOptions): Promise<number> {
  const [name = ''] = names;
  const server = await requireServer(directory);
  const apps = await listApps(server);
  const app = apps.find(({ spec }) => spec.name === name);
  if (!app)
    throw new Error(
      `There is no app "${name}". Existing apps: ${apps.map(({ spec }) => spec.name).join(', ') || 'none'}.`,
    );
  const newest = await newestDeployment(server, app);
  const isOfProcesses = type === 'RUN' || type === 'RUN_RESTARTED';
  const deployment = isOfProcesses ? (app.active_deployment ?? newest) : newest;
  const path = `/v2/apps/${app.id}/deployments/${deployment?.id}/logs?type=${type}`;
  const show = raw ? (text: string) => text : plainText;
  if (follow && deployment)
    await printAsItGrows(logSource(directory, app, type), deployment.id, show, { app, type });
  else {
    const { historic_urls: historic = [] } = await getJson<LogsResponse>(server, path);
    let isEmpty = true;
    for (const url of historic) if (await print(url, show)) isEmpty = false;
    if (isEmpty && type === 'RUN_RESTARTED')
      process.stderr.write(`No process of ${name} was restarted since it went live.\n`);
  }
  return 0;
}

async function printAsItGrows(
  source: LogSource,
  deployment: string,
  show: (text: string) => string,
  { app, type }: { app: App; type: CliOptions['type'] },
): Promise<void> {
  const { signal } = new AbortController();
  const options = { app: app.spec.name, deployment, goesOn: type === 'RUN', signal };
  for await (const said of followApp(source, options)) {
    if ('notice' in said) process.stderr.write(`${said.notice}\n`);
    else if (!(await written(show(said.text)))) return;
  }
}

/** Looks for the server each time: it may have been restarted, at another address and with another token. */
function logSource(directory: string, { id }: App, type: CliOptions['type']): LogSource {
  return {
    async look() {
      const app = (await listApps(await requireServer(directory))).find((one) => one.id === id);
      const { pending_deployment: pending, in_progress_deployment: inProgress } = app ?? {};
      return app && { live: app.active_deployment?.id, underWay: (inProgress ?? pending)?.id };
    },
    async *open(deployment, from, signal): AsyncGenerator<LogFrame> {
      const path = `/v2/apps/${id}/deployments/${deployment}/logs?type=${type}&follow=true`;
      const { live_url: url } = await getJson<LogsResponse>(await requireServer(directory), path).catch(
        (cause: Error) => {
          throw cause instanceof RefusedCall ? new NoSuchLog(cause.message, { cause }) : cause;
        },
      );
      if (url !== undefined) yield* liveLog(url, from, signal);
    },
  };
}

/** False when the reader, such as `head`, has closed the pipe. A slow terminal applies back-pressure. */
function written(text: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      const hasEnough = (error as NodeJS.ErrnoException | undefined)?.code === 'EPIPE';
      if (error && !hasEnough) reject(error);
      else resolve(!hasEnough);
    });
  });
}

/** @returns whether there was anything */
async function print(url: string, show: (text: string) => string): Promise<boolean> {
  const [response] = (await once(get(url), 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) {
    throw new Error(`The log could not be read: the server answered ${response.statusCode}.`);
  }
  let isEmpty = true;
  try {
    const shown = async function* (text: AsyncIterable<string>): AsyncGenerator<string> {
      for await (const lines of wholeLines(text)) {
        if (lines !== '') isEmpty = false;
        yield show(lines);
      }
    };
    await pipeline(response.setEncoding('utf8'), shown, process.stdout, { end: false });
  } catch (cause) {
    // The reader, such as `head`, may close the pipe before the end.
    if ((cause as NodeJS.ErrnoException).code !== 'EPIPE')
      throw new Error('The server closed the connection before the end of the log.', { cause });
  }
  return !isEmpty;
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

/** The close code of a log that is at its end. */
const normal = 1000;

/**
 * Reads a live log until it ends, with back-pressure and without a time limit: a log may be silent for hours.
 * @throws Error when the connection is lost
 */
export async function* liveLog(
  url: string,
  { position }: LogStart,
  signal: AbortSignal,
): AsyncGenerator<LogFrame> {
  const address = new URL(url);
  if (position !== undefined) address.searchParams.set('position', position);
  const socket = new WebSocket(address);
  const closed = once(socket, 'close') as Promise<[code: number]>;
  const frames = createWebSocketStream(socket, { readableObjectMode: true, signal });
  try {
    for await (const frame of frames) yield frameOf(frame as Buffer | string);
  } finally {
    frames.destroy();
  }
  const [code] = await closed;
  if (code !== normal)
    throw new Error(`The server closed the connection before the end of the log (close code ${code}).`);
}

function frameOf(frame: Buffer | string): LogFrame {
  const { data: text, position } = JSON.parse(frame.toString()) as { data: string; position?: string };
  return { text, position };
}
