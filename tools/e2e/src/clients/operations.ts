import { textOf } from '../docs/pages.js';

const uuid = /[0-9a-f]{8}-[0-9a-f-]{27}/g;

/** The operations of calls such as `GET /v2/apps/<id>`, as the page about the local platform lists them. */
export function operationsOf(requests: readonly string[]): string[] {
  const names = requests
    .filter((request) => request.includes(' /v2/'))
    .map((request) =>
      request
        .replaceAll(uuid, '{id}')
        .replace(/\/(components|jobs)\/[^/{]+\//, '/$1/{name}/')
        .replace(/\/(instance_sizes|tiers)\/(?!instance_sizes)[^/]+$/, '/$1/{slug}')
        .replace(/\/$/, ''),
    );
  return [...new Set(names)].sort();
}

/** The operations that docs/local-platform.md lists as seen with a client, such as `doctl`. */
export function documentedFor(client: string): string[] {
  const rows = textOf('docs/local-platform.md')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const head = rows.find((cells) => cells.includes(client) && cells[0] === 'call');
  const column = head?.indexOf(client) ?? -1;
  const start = head ? rows.indexOf(head) + 2 : rows.length;
  const length = rows.slice(start).findIndex((cells) => cells.length !== head?.length);
  const table = rows.slice(start, length === -1 ? undefined : start + length);
  return table
    .filter((cells) => cells[column] === 'yes')
    .map(([call = '']) => call.replaceAll('`', ''))
    .sort();
}
