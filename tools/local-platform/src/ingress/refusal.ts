import { STATUS_CODES, type ServerResponse } from 'node:http';

/** An answer that the ingress itself gives, in the shape of the platform's own API errors. */
export interface Refusal {
  status: number;
  id: string;
  message: string;
}

export function refuse(response: ServerResponse, { status, id, message }: Refusal): void {
  const body = JSON.stringify({ id, message });
  response.writeHead(status, STATUS_CODES[status], {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
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

/** In place of an answer that the service did not begin. */
export function noAnswer(app: string, error: NodeJS.ErrnoException): Refusal {
  switch (error.code) {
    case 'UND_ERR_DESTROYED':
      return unavailable(
        `The deployment of app "${app}" that had this request was replaced before it answered.`,
      );
    case 'UND_ERR_HEADERS_TIMEOUT':
      return {
        status: 504,
        id: 'gateway_timeout',
        message: `App "${app}" did not answer in time. See its run logs.`,
      };
    case 'UND_ERR_HEADERS_OVERFLOW':
      return badGateway(`App "${app}" answered with more than 16 KB of headers. Shorten them.`);
    case 'UND_ERR_INVALID_ARG':
      return {
        status: 400,
        id: 'bad_request',
        message: `The request cannot be passed on: ${error.message}.`,
      };
    case 'ECONNREFUSED':
      return badGateway(`App "${app}" does not listen any more. See its run logs.`);
    default:
      return badGateway(
        `App "${app}" broke off before it answered (${error.code ?? error.message}). See its run logs.`,
      );
  }
}

function unavailable(message: string): Refusal {
  return { status: 503, id: 'service_unavailable', message: `${message} Repeat it if that is safe.` };
}

function badGateway(message: string): Refusal {
  return { status: 502, id: 'bad_gateway', message };
}
