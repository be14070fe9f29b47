import * as z from 'zod';
import type { Login } from './logins.js';
import { requireSafe } from './reference.js';

/** Where a registry's tokens are issued, and the scopes that it requires. */
export interface BearerChallenge {
  scheme: 'bearer';
  url: URL;
}

/** The authentication that a registry requires, from `WWW-Authenticate`. */
export type Challenge = { scheme: 'basic' } | BearerChallenge;

const tokenSchema = z
  .object({ token: z.string().optional(), access_token: z.string().optional() })
  .transform(({ token, access_token }) => token ?? access_token);

/**
 * Reads a challenge: https://distribution.github.io/distribution/spec/auth/token/
 * @throws UnsafeUrlError when the token is issued over an unencrypted connection
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

/** A call that asks for a token. */
export interface TokenCall {
  method: 'GET' | 'POST';
  url: URL;
  headers?: Record<string, string>;
  body?: () => Promise<Buffer>;
  authorization?: string;
}

/** The call for a token: with a login, with a refresh token, or anonymously. @param scope that the token needs in addition */
export function askToken(
  { url: realm }: BearerChallenge,
  scope: string,
  login: Login | undefined,
): TokenCall {
  const url = new URL(realm);
  url.searchParams.append('scope', scope);
  if (login?.identityToken) return refresh(url, login.password);
  return { method: 'GET', url, ...(login && { authorization: basic(login) }) };
}

/** https://distribution.github.io/distribution/spec/auth/oauth/ */
function refresh(realm: URL, token: string): TokenCall {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: token,
    client_id: 'nx-skills',
    service: realm.searchParams.get('service') ?? '',
    scope: realm.searchParams.getAll('scope').join(' '),
  });
  return {
    method: 'POST',
    url: new URL(realm.pathname, realm),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: async () => Buffer.from(form.toString()),
  };
}

export function basic({ user, password }: Login): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** The token in the reply of a token server, if there is one. */
export function readToken(body: string): string | undefined {
  try {
    return tokenSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
