import type { IncomingMessage } from 'node:http';

/** What the answers of an app that cannot be reached are; others are faults of the request. */
const unreachable = new Set([502, 503, 504]);

/**
 * The page that a browser gets in place of a refusal: the app's own one, in a frame that fills the window, as on App Platform. Undefined for
 * other clients, and for refusals that say what is wrong with the request.
 * @param url of the app's own page; undefined if it has none
 */
export function errorPage(
  request: IncomingMessage,
  status: number,
  url: string | undefined,
): string | undefined {
  if (url === undefined || !unreachable.has(status) || !isBrowser(request)) return undefined;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${status}</title>
<style>html, body, iframe { margin: 0; border: 0; width: 100%; height: 100%; }</style>
<iframe src="${escaped(url)}" title="${status}"></iframe>
</html>
`;
}

function isBrowser({ method, headers }: IncomingMessage): boolean {
  return (method === 'GET' || method === 'HEAD') && headers.accept?.includes('text/html') === true;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
