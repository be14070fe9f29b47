import { runner } from '@odoobo/machine/package-manager';
import type { FastifyRequest } from 'fastify';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from '../errors/api-error.js';

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Refuses calls that a web page could send. The server runs commands, so a page whose name was rebound to 127.0.0.1 (foreign
 * Host), or one that simply posts here (foreign Origin), must not reach it, whatever token it carries.
 * @throws ApiError 403
 */
export function checkOrigin({ host, origin }: IncomingHttpHeaders, port: number): void {
  const hosts = loopbackNames.map((name) => `${name}:${port}`);
  if (host === undefined || !hosts.includes(host.toLowerCase())) {
    throw new ApiError(403, `Host ${JSON.stringify(host ?? '')} is refused; use http://127.0.0.1:${port}.`);
  }
  if (origin !== undefined && !hosts.some((one) => origin === `http://${one}`)) {
    throw new ApiError(
      403,
      `Calls from ${JSON.stringify(origin)} are refused; only programs of this machine may call.`,
    );
  }
}

/** @throws ApiError 401 without the bearer token of this platform. */
export function checkToken(request: FastifyRequest, token: string): void {
  const [, given] = /^bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (given !== undefined && equalInConstantTime(given, token)) return;
  throw new ApiError(
    401,
    "Unable to authenticate you. The token is in platform.json of the platform's folder; there is a new one each time the " +
      `platform is started after a stop. The link to the page, with the token: ${runner} local-platform status`,
  );
}

/** Takes the same time for a nearly right secret as for a wrong one. */
export function equalInConstantTime(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
