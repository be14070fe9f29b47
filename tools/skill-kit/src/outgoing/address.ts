import ipaddr from 'ipaddr.js';
import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { SkillError } from '../error.js';

/** How far a call may go: to public addresses, or into the operator's own network as well. */
export type Reach = 'public' | 'own-network';

/** Ranges besides the public ones that an operator's own services can be in. */
const ownNetwork = ['private', 'loopback', 'uniqueLocal', 'carrierGradeNat'];

/**
 * Whether a connection to an address is right. Link-local addresses never are: metadata services answer there.
 * Everything that is no plain public address (multicast, NAT64, 6to4, reserved) counts as not public.
 */
export function isAddressAllowed(address: string, reach: Reach): boolean {
  const range = ipaddr.process(address).range();
  return range === 'unicast' || (reach === 'own-network' && ownNetwork.includes(range));
}

/** @throws SkillError 403 when the host of a URL is itself an address that is not allowed; no lookup is made for it */
export function refuseForbiddenLiteral(url: URL, reach: Reach): void {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) && !isAddressAllowed(host, reach)) throw forbidden(host);
}

/**
 * Looks up the host of a URL, for what connects to it later by other means.
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
 * A DNS lookup for a connection. The address that was checked is the one that is connected to, so a name cannot
 * answer with a public address first and a private one second. It fails with a SkillError 403.
 */
export function guardedLookup(reach: Reach): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const bad = addresses.find(({ address }) => !isAddressAllowed(address, reach));
      const first = addresses[0];
      if (bad || !first) return callback(forbidden(hostname), []);
      if (options.all) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}

function forbidden(host: string): SkillError {
  const message = `${host} is not a public address, so the call is refused.`;
  return new SkillError(403, 'address_not_allowed', message);
}
