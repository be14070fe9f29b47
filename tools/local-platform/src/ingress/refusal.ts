import type { ServerResponse } from 'node:http';
import type { NoAnswer } from './upstream/no-answer.js';

/** An answer that the ingress itself gives, in the shape of the platform's own API errors. */
export interface Refusal {
  status: number;
  id: string;
  message: string;
}

/** @param extra header lines that the answer has besides */
export function refuse(
  response: ServerResponse,
  { status, id, message }: Refusal,
  extra: readonly string[] = [],
): void {
  const body = JSON.stringify({ id, message });
  const length = String(Buffer.byteLength(body));
  const lines = ['content-type', 'application/json; charset=utf-8', 'content-length', length, ...extra];
  response.writeHead(status, lines);
  response.end(body);
}

export function noDeploymentYet(app: string): Refusal {
  const message = `App "${app}" has no live deployment yet. Its deployments say how far the first one is.`;
  return { status: 503, id: 'no_live_deployment', message };
}

export function noRule(app: string, path: string): Refusal {
  const message = `App "${app}" has no ingress rule that ${JSON.stringify(path)} fits.`;
  return { status: 404, id: 'not_found', message };
}

export function noInstance(app: string, component: string): Refusal {
  return unavailable(`No instance of component "${component}" of app "${app}" runs at the moment.`);
}

/** What a browser is told that was led here by a name of someone else's (DNS rebinding). */
export function wrongHost(app: string): Refusal {
  const message = `App "${app}" answers to localhost, 127.0.0.1, [::1] and *.localhost only. Use one of these in the URL.`;
  return { status: 421, id: 'misdirected_request', message };
}

/** `OPTIONS *` and absolute URLs are for proxies that lead to more than one place. */
export function unknownTarget(): Refusal {
  return {
    status: 400,
    id: 'bad_request',
    message: 'The request target must be a path that begins with "/".',
  };
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
  return { status: 400, id: 'bad_request', message: 'The request must have one Host header.' };
}

/** In place of an answer that the service did not begin. */
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
      return badGateway(`App "${app}" answered with something else than HTTP: ${message}.`);
    case 'not connected':
      return badGateway(`App "${app}" does not listen any more (${message}). See its run logs.`);
    case 'broken':
      return badGateway(`App "${app}" broke off before it answered (${message}). See its run logs.`);
  }
}

function unavailable(message: string): Refusal {
  return { status: 503, id: 'service_unavailable', message: `${message} Repeat it if that is safe.` };
}

function badGateway(message: string): Refusal {
  return { status: 502, id: 'bad_gateway', message };
}
