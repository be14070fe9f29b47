import { type App, plainText } from '@odoobo/app-platform';
import type { Restarts } from '@odoobo/local-platform/client';
import type { Platform } from '../platform/connect.js';
import { printable } from '../terminal/printable.js';
import type { AppRestarts } from './report.js';

/** How many of the last output lines of an ended process are shown. */
const shownLines = 5;
/** How many lines are read: a stack trace is longer than what is shown, which is its beginning. */
const readLines = 60;

/** Restarts of the live apps of a local platform, and their last output. */
export class RestartWatch {
  #known = new Map<string, AppRestarts>();

  /** By name of the app. */
  get known(): ReadonlyMap<string, AppRestarts> {
    return this.#known;
  }

  /** One call, and two for each app with new restarts since the last check. @throws what the platform throws */
  async look(
    { client, restarts: read }: Pick<Platform, 'client' | 'restarts'>,
    apps: readonly App[],
    signal: AbortSignal,
  ): Promise<void> {
    const restarts = (await read?.(signal)) ?? {};
    const found = apps.map(async (app): Promise<[string, AppRestarts][]> => {
      const now = restarts[app.id];
      if (!now) return [];
      const known = this.#known.get(app.spec.name);
      const isKnown = known?.at === now.at && known.count === now.count;
      return [[app.spec.name, isKnown ? known : await this.#describe(client, app, now, signal)]];
    });
    this.#known = new Map((await Promise.all(found)).flat());
  }

  async #describe(
    client: Platform['client'],
    { id: appId }: App,
    { count, at, cause, component }: Restarts,
    signal: AbortSignal,
  ): Promise<AppRestarts> {
    const query = { appId, component, type: 'RUN_RESTARTED', tailLines: readLines } as const;
    const log = await client.fetchLog(await client.getLogs(query, { signal }), { signal });
    return {
      count,
      at,
      cause: printable(cause),
      component: printable(component),
      lines: lastWords(log, cause),
    };
  }
}

/** The line that gives the reason, with those that follow; if there is none, the last lines. Without the platform's own lines. */
function lastWords(log: string, cause: string): string[] {
  const lines = plainText(log)
    .split('\n')
    .map((line) => line.replace(/^\S+ \S+Z /, '').trimEnd())
    .filter((line) => line !== '' && !line.startsWith('[local-platform] '));
  const why = lines.findLastIndex((line) => cause.endsWith(line.trim()));
  return (why === -1 ? lines.slice(-shownLines) : lines.slice(why, why + shownLines)).map(withIndent);
}

function withIndent(line: string): string {
  const [indent = ''] = /^ */.exec(line) ?? [];
  return `${indent}${printable(line)}`;
}
