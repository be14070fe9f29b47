import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { SkillError } from '@odoobo/skill-kit';
import ipaddr from 'ipaddr.js';
import type { Permission } from './allowed-hosts.js';

/** Ranges that a host allowed by its own name may be in besides the public ones: an Odoo in one's own network. */
const OWN_NETWORK = ['private', 'loopback', 'uniqueLocal', 'carrierGradeNat'];

/**
 * Whether a connection to an address is right. Link-local addresses never are: metadata services answer there.
 * Everything that is no plain public address (multicast, NAT64, 6to4, reserved) counts as not public.
 */
export function isAddressAllowed(address: string, permission: Permission): boolean {
  const range = ipaddr.process(address).range();
  return range === 'unicast' || (permission === 'exact' && OWN_NETWORK.includes(range));
}

/** @throws SkillError 403 when the host of a URL is itself an address that is not allowed; no lookup is made for it */
export function refuseForbiddenLiteral(url: URL, permission: Permission): void {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) && !isAddressAllowed(host, permission)) throw forbidden(host);
}

/**
 * A DNS lookup for a connection. The address that was checked is the one that is connected to, so a name cannot
 * answer with a public address first and a private one second.
 */
export function guardedLookup(permission: Permission): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const bad = addresses.find(({ address }) => !isAddressAllowed(address, permission));
      const first = addresses[0];
      if (bad || !first) return callback(forbidden(hostname), []);
      if (options.all) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}

function forbidden(host: string): SkillError {
  return new SkillError(
    403,
    'address_not_allowed',
    `${host} is not a public address, so the call is refused.`,
  );
}
