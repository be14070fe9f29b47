import type { FastifyInstance, HTTPMethods } from 'fastify';
import { ApiError } from '../errors/api-error.js';

/**
 * Call before the routes are added; call what it returns after them: every other method of a known path then answers
 * 405 with the methods that it allows.
 */
export function refuseOtherMethods(server: FastifyInstance): () => void {
  const known = new Map<string, HTTPMethods[]>();
  let adding = true;
  server.addHook('onRoute', ({ url, method }) => {
    if (adding) known.set(url, [...(known.get(url) ?? []), ...[method].flat()]);
  });
  return () => {
    adding = false;
    for (const [url, allowed] of known) refuse(server, url, allowed);
  };
}

function refuse(server: FastifyInstance, url: string, allowed: HTTPMethods[]): void {
  server.route({
    url,
    method: (server.supportedMethods as HTTPMethods[]).filter((method) => !allowed.includes(method)),
    handler: (request, reply) => {
      void reply.header('allow', allowed.join(', '));
      throw new ApiError(
        405,
        `${request.method} is not allowed on this path. Allowed: ${allowed.join(', ')}.`,
      );
    },
  });
}
