import { SkillError } from '@odoobo/skill-kit';

/** How an operator allowed a host: by its own name, or by a wildcard over a domain. */
export type Permission = 'exact' | 'wildcard';

const ENTRY = /^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?$|^(?:[a-z0-9-]+|\[[0-9a-f:]+\])(?::\d+)?$/;

/**
 * Finds the entry of ODOO_ALLOWED_HOSTS that lets `url` pass. Entries are separated by commas or spaces: `host`,
 * `host:port`, or `*.domain`; without a port only the scheme's own is meant. Without the variable nothing is allowed.
 * @throws SkillError 403 when no entry matches, 503 when an entry is malformed
 */
export function permissionFor(url: URL, allowedHosts: string | undefined): Permission {
  const entries = (allowedHosts ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  const malformed = entries.find((entry) => !ENTRY.test(entry));
  if (malformed !== undefined) throw misconfigured(malformed);
  if (entries.includes(url.host)) return 'exact';
  const isBelow = (entry: string) => entry.startsWith('*.') && url.host.endsWith(entry.slice(1));
  // A wildcard covers hosts that nobody looked at one by one: nothing goes to them in the clear.
  if (entries.some(isBelow) && url.protocol === 'https:') return 'wildcard';
  throw new SkillError(
    403,
    'host_not_allowed',
    `The operator of this skill has not allowed ${url.origin}: it is not in ODOO_ALLOWED_HOSTS.`,
  );
}

function misconfigured(entry: string): SkillError {
  const message = `ODOO_ALLOWED_HOSTS of this skill holds "${entry}". Entries are host, host:port or *.domain.`;
  return new SkillError(503, 'misconfigured', message);
}
