import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import type { HeaderLines } from './cors.js';
import type { Generation } from './generation.js';
import { methodNotAllowed, noFile, type Refusal, refuse, unreadableFile } from './refusal.js';
import { answerOfSite, type SiteAnswer } from './site.js';
import type { Site } from './traffic.js';

export interface SiteRequest {
  app: string;
  generation: Generation;
  site: Site;
  /** Path and query as the site sees them. */
  target: string;
  extra: HeaderLines;
  onSent: (bytes: number) => void;
  /** Called with the status of the answer when its head is there. */
  onAnswered: (status: number) => void;
}

/** Answers a request with what a static site has for it. Never rejects. */
export async function serveSite(
  request: IncomingMessage,
  response: ServerResponse,
  to: SiteRequest,
): Promise<void> {
  const { app, generation, site, target, extra, onAnswered } = to;
  const refused = (refusal: Refusal, lines = extra): void => {
    onAnswered(refusal.status);
    refuse(response, refusal, lines);
  };
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return refused(methodNotAllowed(app, request.method), [...extra, 'allow', 'GET, HEAD']);
  }
  generation.hold(response);
  try {
    const answer = await answerOfSite(request, site, target, request.url ?? '/');
    if (answer) await pass(answer, response, to);
    else refused(noFile(app, target));
  } catch (error) {
    if (response.headersSent) response.destroy();
    else refused(unreadableFile(app, target, error));
  }
}

/** Resolves when all is sent or the client is gone; rejects when the file cannot be read. */
function pass(
  { statusCode, headers, stream }: SiteAnswer,
  response: ServerResponse,
  to: SiteRequest,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const lines = Object.entries(headers).flat();
    stream.once('error', reject);
    stream.once('readable', () => {
      to.onAnswered(statusCode);
      response.writeHead(statusCode, [...lines, ...to.extra]);
      stream.on('data', ({ length }: Buffer) => to.onSent(length));
      stream.pipe(response);
    });
    finished(response, () => {
      stream.destroy();
      resolve();
    });
  });
}
