import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Composer, Parser, stringify } from 'yaml';
import { ApiError } from '../errors/api-error.js';
import { deepestBody, requireShallow } from './depth.js';

const yamlType = 'application/yaml';

/** App specs are short, and reading YAML takes time that grows faster than the text. */
const longestBody = 64 * 1024;

/** Each level of a document is a few levels of its syntax tree: a collection, its items, an item, its value. */
const treeLevels = 4;

/** Takes bodies in YAML, as the official document says of creating an app. */
export function acceptYaml(server: FastifyInstance): void {
  const options = { parseAs: 'string', bodyLimit: longestBody } as const;
  server.addContentTypeParser<string>(yamlType, options, async (_request: FastifyRequest, body: string) =>
    parseYaml(body),
  );
}

function parseYaml(text: string): unknown {
  const tokens = [...new Parser().parse(text)];
  requireShallow(tokens, treeLevels * deepestBody);
  const [document, ...more] = new Composer({ logLevel: 'error' }).compose(tokens);
  const [error] = document?.errors ?? [];
  if (error !== undefined) throw new ApiError(400, `The body is no YAML: ${error.message}`);
  if (more.length > 0) throw new ApiError(400, 'The body has several YAML documents; expected one.');
  try {
    return document?.toJS() as unknown;
  } catch (cause) {
    throw new ApiError(400, `The body cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** Answers in YAML when the client asks for it, else in JSON. */
export function sendAsAsked(request: FastifyRequest, reply: FastifyReply, body: object): unknown {
  if (!request.headers.accept?.includes(yamlType)) return body;
  return reply.type(yamlType).send(stringify(body, { aliasDuplicateObjects: false }));
}
