import type { IncomingMessage } from 'node:http';
import { isLocalHost } from './headers.js';
import {
  endInDoubt,
  noHost,
  type Refusal,
  twoHosts,
  unknownCoding,
  unknownTarget,
  unknownVersion,
  wrongHost,
} from './refusal.js';

/** `http://host:port/path?query`; RFC 9112 section 3.2.2. */
const absoluteForm = /^http:\/\/([^/?#@]+)([/?].*)?$/i;

/**
 * What HTTP/1.1 requires of a server and node:http leaves to its user: the version, the transfer coding and the host must be
 * understood. A target in absolute-form becomes a path, and its authority the host, whatever `Host` says.
 * @param anyHost whether it answers under every name, not only under those of this machine
 * @returns why the request is refused
 */
export function violationOf(request: IncomingMessage, app: string, anyHost: boolean): Refusal | undefined {
  const { headers, httpVersionMajor, httpVersion } = request;
  if (httpVersionMajor !== 1) return unknownVersion(httpVersion);
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || httpVersion === '1.0'))
    return wrongCoding(coding, httpVersion);
  const hosts = hostsOf(request);
  // RFC 9112 section 3.2: the service could go by the other.
  if (hosts > 1) return twoHosts();
  if (hosts === 0 && httpVersion !== '1.0') return noHost();
  return wrongTarget(request, app, anyHost);
}

function wrongCoding(coding: string, version: string): Refusal {
  if (version === '1.0') return endInDoubt('HTTP/1.0 has no Transfer-Encoding');
  return /(?:^|,)[ \t]*chunked[ \t]*$/i.test(coding)
    ? unknownCoding(coding)
    : endInDoubt('its last transfer coding is not "chunked"');
}

function wrongTarget(request: IncomingMessage, app: string, anyHost: boolean): Refusal | undefined {
  const { url = '' } = request;
  const [whole, authority = '', rest = ''] = url.startsWith('/') ? [] : (absoluteForm.exec(url) ?? []);
  if (whole !== undefined) {
    setHost(request, authority);
    // RFC 9112 section 3.2.4: the form in which OPTIONS asks of a whole server.
    request.url = rest === '' && request.method === 'OPTIONS' ? '*' : rest.replace(/^(?!\/)/, '/');
  }
  if (!anyHost && !isLocalHost(request.headers.host)) return wrongHost(app);
  const isKnown = request.url?.startsWith('/') || (request.url === '*' && request.method === 'OPTIONS');
  return isKnown ? undefined : unknownTarget();
}

function setHost(request: IncomingMessage, host: string): void {
  const { rawHeaders, headers } = request;
  const index = rawHeaders.findIndex((name, at) => at % 2 === 0 && name.toLowerCase() === 'host');
  if (index === -1) rawHeaders.push('Host', host);
  else rawHeaders[index + 1] = host;
  headers.host = host;
}

/** Most names differ by their length already; lower case is a new string for each. */
function hostsOf({ rawHeaders }: IncomingMessage): number {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts;
}
