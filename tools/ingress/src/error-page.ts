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
  const { method } = request;
  const isRead = method === 'GET' || method === 'HEAD';
  if (url === undefined || !unreachable.has(status) || !isRead || !isBrowser(request)) return undefined;
  return pageOf(String(status), framed(url, String(status)));
}

/**
 * The page that a browser gets while a component wakes; it asks again every two seconds. Which requests get it, with 503, is from App Platform's
 * client (godo, InactivitySleepLoadingPage).
 * @param url of the app's own page; empty if it has none, undefined if its requests wait
 */
export function loadingPage(request: IncomingMessage, url: string | undefined): string | undefined {
  if (url === undefined || !isBrowser(request)) return undefined;
  const content =
    url === '' ? '<p>The service is starting. This page reloads by itself.</p>' : framed(url, 'Starting');
  return pageOf('Starting', `<meta http-equiv="refresh" content="2">\n${content}`);
}

function pageOf(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${title}</title>
${content}
</html>
`;
}

function framed(url: string, title: string): string {
  return `<style>html, body, iframe { margin: 0; border: 0; width: 100%; height: 100%; }</style>
<iframe src="${escaped(url)}" title="${title}"></iframe>`;
}

function isBrowser({ headers }: IncomingMessage): boolean {
  return headers.accept?.includes('text/html') === true;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
