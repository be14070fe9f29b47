import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NoAnswer } from './upstream/no-answer.js';

/** An answer that the ingress itself gives, in the shape of the platform's own API errors. */
export interface Refusal {
  status: number;
  id: string;
  message: string;
  /** Whether the connection ends with it: the start of the next request is uncertain. */
  closes?: boolean;
}

/**
 * @param extra header lines that the answer has besides
 * @param pageUrl a page that browsers get when the app cannot be reached
 */
export function refuse(
  response: ServerResponse,
  { status, id, message, closes }: Refusal,
  extra: readonly string[] = [],
  pageUrl?: string,
): void {
  const page = errorPage(response.req, status, pageUrl);
  const connection = closes ? ['connection', 'close'] : [];
  if (page !== undefined) return sendPage(response, status, page, [...extra, ...connection]);
  send(response, status, 'application/json', JSON.stringify({ id, message }), [...extra, ...connection]);
}

/** @param extra header lines that the answer has besides */
export function sendPage(
  response: ServerResponse,
  status: number,
  page: string,
  extra: readonly string[],
): void {
  send(response, status, 'text/html', page, extra);
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  extra: readonly string[],
): void {
  const length = String(Buffer.byteLength(body));
  response.writeHead(status, ['content-type', `${type}; charset=utf-8`, 'content-length', length, ...extra]);
  response.end(body);
}

export function noDeploymentYet(app: string): Refusal {
  const message = `App "${app}" has no live deployment yet. See its deployments for the progress of the first one.`;
  return { status: 503, id: 'no_live_deployment', message };
}

/** From the moment an app is stopped or deleted. */
export function stopping(app: string): Refusal {
  const message = `App "${app}" is stopping: it finishes the requests in progress and accepts no new ones.`;
  return { status: 503, id: 'service_unavailable', message };
}

export function offline(app: string, why: string): Refusal {
  return { status: 503, id: 'service_unavailable', message: `App "${app}" is ${why}.` };
}

export function noRule(app: string, path: string): Refusal {
  const message = `App "${app}" has no ingress rule for ${JSON.stringify(path)}.`;
  return { status: 404, id: 'not_found', message };
}

export function noInstance(app: string, component: string): Refusal {
  return unavailable(`No instance of component "${component}" of app "${app}" runs at the moment.`);
}

export function notAwake(app: string, component: string, why: string): Refusal {
  const message = `Component "${component}" of app "${app}" was asleep and does not start: ${why}. The next request tries again.`;
  return { status: 503, id: 'service_unavailable', message };
}

/** For a browser that was led here by a foreign host name (DNS rebinding). */
export function wrongHost(app: string): Refusal {
  const message = `App "${app}" answers to localhost, 127.0.0.1, [::1] and *.localhost only. Use one of these in the URL.`;
  return { status: 421, id: 'misdirected_request', message };
}

export function unknownTarget(): Refusal {
  return badRequest('The request target must be a path that begins with "/", or a URL of the app.');
}

/** RFC 9110 section 15.6.6. */
export function unknownVersion(version: string | undefined): Refusal {
  const other = version === undefined ? 'no other version' : `not HTTP/${version}`;
  const message = `The app supports HTTP/1.1 and HTTP/1.0, ${other}.`;
  return { status: 505, id: 'http_version_not_supported', message, closes: true };
}

/** RFC 9112 section 6.1: an unknown coding can be neither removed nor passed on. */
export function unknownCoding(coding: string): Refusal {
  const message = `The transfer coding ${JSON.stringify(coding)} is not supported, only "chunked".`;
  return { status: 501, id: 'not_implemented', message, closes: true };
}

/** RFC 9112 sections 6.1 and 6.3. */
export function endInDoubt(why: string): Refusal {
  return { ...badRequest(`The end of the request is ambiguous: ${why}.`), closes: true };
}

/** Anything that node:http does not know; it stops reading there. */
export function unknownMethod(): Refusal {
  const message = 'The method of the request is not supported. Methods are case-sensitive.';
  return { status: 501, id: 'not_implemented', message };
}

/** RFC 9110 section 9.3.6: only a proxy that leads anywhere opens tunnels. */
export function noTunnels(app: string): Refusal {
  const message = `App "${app}" does not open tunnels: send the request itself, without CONNECT.`;
  return { status: 501, id: 'not_implemented', message };
}

export function unknownExpectation(): Refusal {
  const message = 'The only supported expectation is "100-continue".';
  return { status: 417, id: 'expectation_failed', message };
}

export function longHead(): Refusal {
  const message = 'The request has more than 16 KB of headers. Shorten them.';
  return { status: 431, id: 'request_header_fields_too_large', message };
}

export function slowRequest(): Refusal {
  return { status: 408, id: 'request_timeout', message: 'The request was not received in time.' };
}

export function unreadable(why: string): Refusal {
  return badRequest(`The request is not valid HTTP/1.1 (${why}).`);
}

export function noFile(app: string, target: string): Refusal {
  return { status: 404, id: 'not_found', message: `App "${app}" has no file for ${JSON.stringify(target)}.` };
}

export function methodNotAllowed(app: string, method = ''): Refusal {
  const message = `This is a static site of app "${app}": it answers GET and HEAD, not ${method}.`;
  return { status: 405, id: 'method_not_allowed', message };
}

export function unreadableFile(app: string, target: string, error: unknown): Refusal {
  const { code } = error as NodeJS.ErrnoException;
  const message = `The file of app "${app}" for ${JSON.stringify(target)} could not be read (${code}).`;
  return { status: 500, id: 'server_error', message };
}

export function twoHosts(): Refusal {
  return badRequest('The request must have one Host header.');
}

export function noHost(): Refusal {
  return badRequest('The request must have a Host header.');
}

/** Replaces an answer that the service did not begin. */
export function noAnswer(app: string, { reason, message }: NoAnswer): Refusal {
  switch (reason) {
    case 'cut':
      return unavailable(
        `The instance of app "${app}" that had this request was replaced before it answered.`,
      );
    case 'too late': {
      const late = `App "${app}" did not answer in time (${message}). See its run logs.`;
      return { status: 504, id: 'gateway_timeout', message: late };
    }
    case 'long head':
      return badGateway(`App "${app}" answered with more than 16 KB of headers. Shorten them.`);
    case 'malformed':
      return badGateway(`App "${app}" sent a response that is not valid HTTP: ${message}.`);
    case 'not connected':
      return badGateway(`App "${app}" no longer listens (${message}). See its run logs.`);
    case 'broken':
      return badGateway(
        `App "${app}" closed the connection before it responded (${message}). See its run logs.`,
      );
  }
}

function badRequest(message: string): Refusal {
  return { status: 400, id: 'bad_request', message };
}

function unavailable(message: string): Refusal {
  return { status: 503, id: 'service_unavailable', message: `${message} Repeat it if that is safe.` };
}

function badGateway(message: string): Refusal {
  return { status: 502, id: 'bad_gateway', message };
}

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
