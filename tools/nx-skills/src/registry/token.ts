import * as z from 'zod';
import type { Login } from './logins.js';
import { requireSafe } from './reference.js';

/** What a registry wants to be shown, by `WWW-Authenticate`. */
export type Challenge = { scheme: 'basic' } | { scheme: 'bearer'; url: URL };

const tokenSchema = z
  .object({ token: z.string().optional(), access_token: z.string().optional() })
  .transform(({ token, access_token }) => token ?? access_token);

/**
 * Reads a challenge: https://distribution.github.io/distribution/spec/auth/token/
 *
 * @throws when the token is given out over an open wire
 */
export function parseChallenge(header: string): Challenge | undefined {
  const [, scheme = '', rest = ''] = /^\s*(\w+)\s*(.*)$/s.exec(header) ?? [];
  if (scheme.toLowerCase() === 'basic') return { scheme: 'basic' };
  const fields = new Map(
    [...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
  );
  const realm = fields.get('realm');
  if (scheme.toLowerCase() !== 'bearer' || realm === undefined || !URL.canParse(realm)) return undefined;
  const url = requireSafe(new URL(realm));
  const service = fields.get('service');
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of fields.get('scope')?.split(' ') ?? []) url.searchParams.append('scope', scope);
  return { scheme: 'bearer', url };
}

export function basic({ user, password }: Login): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** The token in the answer of a token server, if there is one. */
export function readToken(body: string): string | undefined {
  try {
    return tokenSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
