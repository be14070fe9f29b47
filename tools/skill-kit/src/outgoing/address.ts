import ipaddr from 'ipaddr.js';
import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { SkillError } from '../error.js';

/** Which addresses a call may reach: only public ones, or the operator's own network as well. */
export type Reach = ListedReach | PublicUnlessListed;

export type ListedReach = 'public' | 'own-network';

/** Only public addresses; a refusal names the variable in which the operator can list the host, and the entry for it. */
export interface PublicUnlessListed {
  variable: string;
  entry: string;
}

/** Non-public ranges in which an operator's own services can be. */
const ownNetwork = ['private', 'loopback', 'uniqueLocal', 'carrierGradeNat'];

/**
 * Whether a connection to an address is allowed. Link-local addresses never are, because metadata services use them.
 * Everything that is not a plain public address (multicast, NAT64, 6to4, reserved) counts as not public.
 */
export function isAddressAllowed(address: string, reach: Reach): boolean {
  const range = ipaddr.process(address).range();
  return range === 'unicast' || (reach === 'own-network' && ownNetwork.includes(range));
}

/** @throws SkillError 403 when the host of a URL is itself an address that is not allowed; makes no DNS lookup */
export function refuseForbiddenLiteral(url: URL, reach: Reach): void {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) && !isAddressAllowed(host, reach)) throw forbidden(host, host, reach);
}

/**
 * Looks up the host of a URL, for code that connects to it later in another way.
 * @throws SkillError 403 when an address of it is not allowed, 502 when it has none
 */
export async function refuseForbiddenHost(url: URL, reach: Reach): Promise<void> {
  refuseForbiddenLiteral(url, reach);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  await new Promise<void>((resolve, reject) => {
    guardedLookup(reach)(host, { all: true }, (error) => {
      if (!error) resolve();
      else reject(error instanceof SkillError ? error : unknownHost(host, error));
    });
  });
}

function unknownHost(host: string, cause: NodeJS.ErrnoException): SkillError {
  return new SkillError(502, 'unreachable', `Could not reach ${host}: ${cause.code}.`, { cause });
}

/**
 * A DNS lookup for a connection. The connection uses the address that was checked, so a name cannot resolve to a public
 * address first and a private one second. It fails with a SkillError 403.
 */
export function guardedLookup(reach: Reach): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const bad = addresses.find(({ address }) => !isAddressAllowed(address, reach));
      const first = addresses[0];
      if (bad || !first) return callback(forbidden(hostname, bad?.address, reach), []);
      if (options.all) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}

function forbidden(host: string, address: string | undefined, reach: Reach): SkillError {
  const isListable = address !== undefined && isAddressAllowed(address, 'own-network');
  const advice =
    typeof reach === 'object' && isListable
      ? ` If it is the operator's own, add "${reach.entry}" to ${reach.variable}: the host in full, with its port unless that is the default.`
      : '';
  const message = `${host} is not a public address, so the call is refused.${advice}`;
  return new SkillError(403, 'address_not_allowed', message);
}
