import type { Validator } from '@seriousme/openapi-schema-validator';
import { jsonObject } from './stage.js';

const shownErrors = 5;

/** One for all: it compiles the schema of OpenAPI, which takes far longer than to check a document. */
let validator: Promise<Validator> | undefined;

/** Loads the validator and lets it compile the schema of OpenAPI 3.1, which is what skills speak. */
export function loadValidator(): Promise<Validator> {
  return (validator ??= load());
}

async function load(): Promise<Validator> {
  const { Validator } = await import('@seriousme/openapi-schema-validator');
  const loaded = new Validator();
  await loaded.validate({ openapi: '3.1.0', info: { title: 'none', version: '0' }, paths: {} });
  return loaded;
}

/** What keeps a value from being an OpenAPI 3 document; the first few, and how many more there are. */
export async function openApiProblems(document: unknown): Promise<string[]> {
  // An object in any case: the validator takes a text for the name of a file.
  const { data } = jsonObject.safeParse(document);
  if (!data) return ['expected a JSON object'];
  const version = data['openapi'];
  if (typeof version !== 'string' || !version.startsWith('3.')) {
    return [`openapi: expected a version 3, got ${JSON.stringify(version) ?? 'nothing'}`];
  }
  const { valid, errors = [] } = await (await loadValidator()).validate(data);
  if (valid) return [];
  if (typeof errors === 'string') return [errors];
  const lines = errors.map(({ instancePath, message }) => `${instancePath || '/'}: ${message ?? 'is wrong'}`);
  const more = lines.length - shownErrors;
  return more > 0 ? [...lines.slice(0, shownErrors), `and ${more} more`] : lines;
}
