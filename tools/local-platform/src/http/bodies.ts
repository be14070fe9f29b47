import type { FastifyInstance } from 'fastify';
import { requireShallow } from './depth.js';
import { acceptYaml } from './yaml.js';

/**
 * Reads bodies in JSON and YAML. "By default, the requests are assumed to use application/json": also those that name no
 * type. The official clients name it even of calls without a body.
 */
export function acceptBodies(server: FastifyInstance): void {
  server.addHook('onRequest', async ({ raw }) => {
    raw.headers['content-type'] ??= 'application/json';
  });
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parse(request, body, done);
  });
  acceptYaml(server);
  server.addHook('preValidation', async ({ body }) => requireShallow(body));
}
