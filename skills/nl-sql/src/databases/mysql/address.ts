import { SkillError } from '@odoobo/skill-kit';
import type { ConnectionOptions } from 'mysql2/promise';

/**
 * What `mysql://user:password@host:port/database?ssl-mode=REQUIRED` says. With a certificate the server's must be signed by it; with an
 * `ssl-mode` that asks for TLS, by an authority of the system.
 * @throws SkillError 500 that does not show the address, which may hold a password
 */
export function connectionOf(
  variable: string,
  address: string,
  certificate: string | undefined,
): ConnectionOptions {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const database = decodeURIComponent(url?.pathname.slice(1) ?? '');
  if (!url?.hostname || !database) {
    throw new SkillError(
      500,
      'misconfigured',
      `${variable} is not mysql://user:password@host:port/database.`,
    );
  }
  const mode = url.searchParams.get('ssl-mode') ?? 'DISABLED';
  const isSecure = certificate !== undefined || !/^(?:disabled|preferred)$/i.test(mode);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 3306),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
    ...(isSecure && { ssl: { ...(certificate && { ca: certificate }), rejectUnauthorized: true } }),
  };
}
