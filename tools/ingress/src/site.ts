import { send, type SendResult } from '@fastify/send';
import type { Stats } from 'node:fs';
import { realpath } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { sep } from 'node:path';
import { Readable } from 'node:stream';
import type { Site } from './traffic.js';

/** What App Platform sends with every file of a static site, fixed there: ten seconds for browsers, a day for its CDN, which a deployment empties. */
const cacheControl = 'public,max-age=10,s-maxage=86400';

/** What a static site answers: a file, a redirect to a folder, or nothing. */
export type SiteAnswer = Pick<SendResult, 'statusCode' | 'headers' | 'stream'>;

/**
 * Finds what a static site has for a path: the file, the index document of a folder, else the catchall or the error
 * document. @fastify/send, which Fastify's own static plugin stands on, does ranges, ETag, dates and types, and refuses to
 * leave the folder; links that leave it are refused here.
 * @param path path and query as the site sees them, which the folder is searched for
 * @param original path and query as the client sent them
 * @returns none where there is no file to answer with
 */
export async function answerOfSite(
  request: IncomingMessage,
  site: Site,
  path: string,
  original: string,
): Promise<SiteAnswer | undefined> {
  const found = await fileOf(request, site, path.replace(/\?.*$/s, ''));
  if (found?.type === 'directory') return redirectToFolder(found, original);
  if (found) return cached(found);
  if (site.catchallDocument !== undefined) return documentOf(request, site, site.catchallDocument, 200);
  return site.errorDocument === undefined ? undefined : documentOf(request, site, site.errorDocument, 404);
}

async function fileOf(request: IncomingMessage, site: Site, path: string): Promise<SendResult | undefined> {
  const options = {
    root: site.folder,
    index: site.indexDocument,
    dotfiles: 'allow' as const,
    cacheControl: false,
  };
  try {
    const result = await send(request, path, {
      ...options,
      onFile: (file, stat) => requireOwn(site, file, stat),
    });
    if (!isMissing(result)) return result;
    result.stream.destroy();
    return undefined;
  } catch (error) {
    if (error instanceof NotServed) return undefined;
    throw error;
  }
}

class NotServed extends Error {}

/** Checked before it is opened: opening a pipe would wait for its writer. */
async function requireOwn({ folder }: Site, file: string, stat: Stats): Promise<void> {
  const [root, real] = await Promise.all([realpath(folder), realpath(file)]);
  const inside = real.startsWith(root.endsWith(sep) ? root : root + sep);
  if (!inside || !stat.isFile()) throw new NotServed(`${file} is not a file in ${folder}`);
}

/** Passes on only errors of the client (a bad range, a failed condition) as they are. */
function isMissing({ type, statusCode }: SendResult): boolean {
  return type === 'error' && statusCode !== 412 && statusCode !== 416;
}

/** Conditions and ranges were meant for a file that does not exist. */
async function documentOf(
  { method }: IncomingMessage,
  site: Site,
  document: string,
  statusCode: number,
): Promise<SiteAnswer | undefined> {
  const plain = { method, headers: {} } as IncomingMessage;
  const found = await fileOf(plain, site, `/${encodeURI(document.replace(/^\/+/, ''))}`);
  return found?.type === 'file' ? { ...cached(found), statusCode } : undefined;
}

function cached({ statusCode, headers, stream }: SendResult): SiteAnswer {
  return { statusCode, headers: { ...headers, 'Cache-Control': cacheControl }, stream };
}

/** One leading slash only: two would name another host. */
function redirectToFolder({ stream }: SendResult, original: string): SiteAnswer {
  stream.destroy();
  const [, path = '', query = ''] = /^\/*([^?]*)(.*)$/s.exec(original) ?? [];
  return { statusCode: 301, headers: { Location: `/${path}/${query}` }, stream: Readable.from([]) };
}
