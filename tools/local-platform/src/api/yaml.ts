import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { parse, stringify } from 'yaml';
import { ApiError } from '../api-error.js';

const yamlType = 'application/yaml';

/** App specs are short; a parser of YAML has more to do a byte than one of JSON. */
const longestBody = 256 * 1024;

/** Takes bodies in YAML, as the official document says of creating an app. */
export function acceptYaml(server: FastifyInstance): void {
  const options = { parseAs: 'string', bodyLimit: longestBody } as const;
  server.addContentTypeParser<string>(yamlType, options, async (_request: FastifyRequest, body: string) => {
    try {
      return parse(body, { logLevel: 'error' }) as unknown;
    } catch (cause) {
      throw new ApiError(400, `The body is no YAML: ${(cause as Error).message}`, { cause });
    }
  });
}

/** Answers in YAML when the client asks for it, else in JSON. */
export function sendAsAsked(request: FastifyRequest, reply: FastifyReply, body: object): unknown {
  if (!request.headers.accept?.includes(yamlType)) return body;
  return reply.type(yamlType).send(stringify(body, { aliasDuplicateObjects: false }));
}
