import { SkillError } from '../error.js';
import type { ListedReach, Reach } from './address.js';

/** A variable in which an operator lists hosts, separated by commas or spaces: `host`, `host:port` or `*.domain`. */
export interface HostList {
  variable: string;
  value: string | undefined;
}

const entryPattern =
  /^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?$|^(?:[a-z0-9-]+|\[[0-9a-f:]+\])(?::\d+)?$/;

/**
 * Which addresses a call to `url` may reach according to a list; undefined when no entry matches. A host named in full
 * may be in the operator's own network; one below a wildcard must be public and called by HTTPS, since no one has
 * checked it. An entry without a port means the scheme's default port.
 * @throws SkillError 503 when an entry is malformed
 */
export function reachByList(url: URL, list: HostList): ListedReach | undefined {
  const entries = entriesOf(list);
  if (entries.includes(url.host) || entries.includes(withPort(url))) return 'own-network';
  const isBelow = (entry: string) => entry.startsWith('*.') && url.host.endsWith(entry.slice(1));
  return entries.some(isBelow) && url.protocol === 'https:' ? 'public' : undefined;
}

/** `URL` leaves out the default port, which an entry may name. */
function withPort({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
}

/**
 * As `reachByList`, for a skill that may call every public host: an unlisted host must be public, and a refusal says how
 * the operator can allow it.
 * @throws SkillError 503 when an entry is malformed
 */
export function reachOrPublic(url: URL, list: HostList): Reach {
  const reach = reachByList(url, list);
  return reach === 'own-network' ? reach : { variable: list.variable, entry: url.host };
}

/**
 * As `reachByList`, for a skill that calls only hosts that its operator has listed.
 * @throws SkillError 403 when no entry matches, 503 when one is malformed
 */
export function requireListed(url: URL, list: HostList): ListedReach {
  const reach = reachByList(url, list);
  if (reach) return reach;
  const message = `The operator of this skill does not allow ${url.origin}: it is not in ${list.variable}. Add "${url.host}" to it: an entry without a port allows only the default one.`;
  throw new SkillError(403, 'host_not_allowed', message);
}

function entriesOf({ variable, value = '' }: HostList): string[] {
  const entries = value
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  const malformed = entries.find((entry) => !entryPattern.test(entry));
  if (malformed === undefined) return entries;
  const message = `${variable} of this skill contains "${malformed}". Entries are host, host:port or *.domain.`;
  throw new SkillError(503, 'misconfigured', message);
}

/**
 * Reads a URL that a caller gave.
 * @throws SkillError 400 when it is neither http: nor https:, or carries credentials
 */
export function callerUrl(text: string, field: string): URL {
  const refuse = (code: string, message: string) =>
    new SkillError(400, code, message, { details: [{ path: `input/${field}`, message }] });
  if (!URL.canParse(text) || !/^https?:/i.test(text.trim()))
    throw refuse('invalid_url', 'Give a URL with http: or https:.');
  const url = new URL(text);
  if (url.username || url.password) throw refuse('credentials_in_url', 'Give no credentials inside the URL.');
  return url;
}
