import { deepestDocument, isShallow, specYaml, yamlProblem } from '@odoobo/app-platform/spec';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Composer, LineCounter, Parser, stringify } from 'yaml';
import { ApiError } from '../errors/api-error.js';

const yamlType = 'application/yaml';

/** App specs are short, and reading YAML takes time that grows faster than the text. */
const longestYaml = 64 * 1024;

const longestJson = 1024 * 1024;

/** Each level of a document is a few levels of its syntax tree: a collection, its items, an item, its value. */
const treeLevels = 4;

/**
 * Reads bodies in JSON and YAML. "By default, the requests are assumed to use application/json": also those that name no
 * type. The official clients name it even of calls without a body; godo then sends `null`.
 */
export function acceptBodies(server: FastifyInstance): void {
  server.addHook('onRequest', async ({ raw }) => {
    raw.headers['content-type'] ??= 'application/json';
  });
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser('application/json');
  const options = { parseAs: 'string', bodyLimit: longestJson } as const;
  server.addContentTypeParser<string>('application/json', options, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parse(request, body, (error, value?: unknown) => done(error, value ?? undefined));
  });
  acceptYaml(server);
  server.addHook('preValidation', async ({ body }) => requireShallow(body));
}

/** Accepts bodies in YAML, as the official document allows for creating an app. */
function acceptYaml(server: FastifyInstance): void {
  const options = { parseAs: 'string', bodyLimit: longestYaml } as const;
  server.addContentTypeParser<string>(yamlType, options, async (_request: FastifyRequest, body: string) =>
    parseYaml(body),
  );
}

function parseYaml(text: string): unknown {
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  requireShallow(tokens, treeLevels * deepestDocument);
  const [document, ...more] = new Composer({ ...specYaml, logLevel: 'error' }).compose(tokens);
  const [error] = document?.errors ?? [];
  if (error !== undefined) {
    const { line } = lines.linePos(error.pos[0]);
    throw new ApiError(400, `The body is not valid YAML, line ${line}: ${yamlProblem(error, text)}`);
  }
  if (more.length > 0) throw new ApiError(400, 'The body has several YAML documents; expected one.');
  try {
    return document?.toJS() as unknown;
  } catch (cause) {
    throw new ApiError(400, `The body cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** What to say of a body that is longer than its limit. */
export function tooLong({ headers }: FastifyRequest): string {
  const limit = headers['content-type']?.startsWith(yamlType) ? longestYaml : longestJson;
  return `The body is longer than ${limit / 1024} KiB, the limit here for ${limit === longestYaml ? 'YAML' : 'JSON'}.`;
}

/** Answers in YAML when the client asks for it, else in JSON. */
export function sendAsAsked(request: FastifyRequest, reply: FastifyReply, body: object): unknown {
  if (!request.headers.accept?.includes(yamlType)) return body;
  return reply.type(yamlType).send(stringify(body, { aliasDuplicateObjects: false }));
}

/** @throws ApiError 400 for a body that nests too deeply, before anything walks it by recursion */
function requireShallow(document: unknown, deepest = deepestDocument): void {
  if (!isShallow(document, deepest)) throw new ApiError(400, 'The body nests too deeply for an app spec.');
}
