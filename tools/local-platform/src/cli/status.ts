import type { App, Deployment } from '@odoobo/app-platform/spec';
import { runner } from '@odoobo/machine/package-manager';
import { styleText } from 'node:util';
import { readRestarts } from '../client/read-page.js';
import type { Restarts } from '../page/answers.js';
import type { PlatformRecord } from '../start-stop/platform-record.js';
import { runningServer } from './api.js';
import { listApps, newestDeployment } from './apps.js';
import type { CliOptions } from './options.js';
import { pageHint } from './page-hint.js';

const answerMs = 10_000;

interface Row {
  name: string;
  /** Of the live deployment, and of a newer one that is not live (yet). */
  phase: string;
  url: string;
  digest: string;
  since: string;
  /** None if nothing was restarted since it went live. */
  restarts?: Restarts;
}

/** Prints the apps. Exit code 1 when no server runs. */
export async function status(directory: string, { json }: CliOptions): Promise<number> {
  const server = await runningServer(directory);
  const rows = server ? await rowsOf(server) : [];
  const text = json ? asJson(directory, server, rows) : asText(directory, server, rows);
  process.stdout.write(`${text}\n`);
  return server ? 0 : 1;
}

async function rowsOf(server: PlatformRecord): Promise<Row[]> {
  const signal = AbortSignal.timeout(answerMs);
  const [apps, restarts] = await Promise.all([listApps(server), readRestarts(server, signal)]);
  return Promise.all(apps.map((app) => rowOf(server, app, restarts[app.id])));
}

async function rowOf(server: PlatformRecord, app: App, restarts: Restarts | undefined): Promise<Row> {
  const live = app.active_deployment;
  const newest = await newestDeployment(server, app);
  const shown = live ?? newest;
  return {
    name: app.spec.name,
    phase:
      live && newest && live.id !== newest.id
        ? `ACTIVE, newest ${newest.phase}`
        : (shown?.phase ?? 'UNKNOWN'),
    url: app.live_url ?? '',
    digest: digestOf(shown),
    since: shown?.phase_last_updated_at ?? '',
    ...(restarts && { restarts }),
  };
}

function digestOf(deployment: Deployment | undefined): string {
  return deployment?.spec?.services?.[0]?.image?.digest ?? '';
}

function asJson(directory: string, server: PlatformRecord | undefined, apps: Row[]): string {
  return JSON.stringify({ running: server !== undefined, directory, url: server?.url, apps }, null, 2);
}

function asText(directory: string, server: PlatformRecord | undefined, rows: Row[]): string {
  if (!server) return `No local platform runs in ${directory}. Start it: ${runner} local-platform start`;
  const head = `Local platform at ${server.url} (${directory})\n${pageHint(server)}`;
  if (rows.length === 0) return `${head}\nNo apps yet.`;
  const cells = rows.map(({ name, phase, url, digest, since }) => [
    name,
    phase,
    url,
    short(digest),
    ago(since),
  ]);
  const table = formatTable([['APP', 'PHASE', 'URL', 'DIGEST', 'SINCE'], ...cells], colour);
  return [head, '', table, ...rows.flatMap(restartLines)].join('\n');
}

/** Below the table, because a cause is too long for a column. */
function restartLines({ name, restarts }: Row): string[] {
  if (!restarts) return [];
  const { count, at, cause, component } = restarts;
  const times = count === 1 ? 'once' : `${count} times`;
  return [
    '',
    colour(
      'ERROR',
      `${name} was restarted ${times} since it went live, last ${ago(at)}: ${component} ${cause}`,
    ),
    `  Its last output: ${runner} local-platform logs ${name} --type=restarted`,
  ];
}

/** Only on a terminal, unless NO_COLOR is set. */
function colour(cell: string, text: string): string {
  if (!process.stdout.isTTY || process.env['NO_COLOR']) return text;
  if (cell === 'ACTIVE') return styleText('green', text);
  if (/ERROR|CANCELED/.test(cell)) return styleText('red', text);
  return /^(PENDING|BUILDING|DEPLOYING|ACTIVE,)/.test(cell) ? styleText('yellow', text) : text;
}

function short(digest: string): string {
  return digest.replace('sha256:', '').slice(0, 12);
}

/** For example "3 min ago". */
function ago(since: string): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(since)) / 1000));
  if (Number.isNaN(seconds)) return '';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h ago` : `${Math.floor(seconds / 86_400)} d ago`;
}

/** Columns as wide as their widest cell. `decorate` may colour a cell; it gets the bare text and the padded one. */
function formatTable(
  rows: readonly (readonly string[])[],
  decorate: (cell: string, padded: string) => string,
): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => decorate(cell, cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
