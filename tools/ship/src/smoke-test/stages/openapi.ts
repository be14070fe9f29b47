import type { Validator } from '@seriousme/openapi-schema-validator';
import { jsonObject } from './stage.js';

const shownErrors = 5;

/** One for all checks: it compiles the schema of OpenAPI, which takes far longer than checking a document. */
let validator: Promise<Validator> | undefined;

/** Loads the validator and lets it compile the schema of OpenAPI 3.1, the version that skills use. */
export function loadValidator(): Promise<Validator> {
  return (validator ??= load());
}

async function load(): Promise<Validator> {
  const { Validator } = await import('@seriousme/openapi-schema-validator');
  const loaded = new Validator();
  await loaded.validate({ openapi: '3.1.0', info: { title: 'none', version: '0' }, paths: {} });
  return loaded;
}

/** Why a value is not an OpenAPI 3 document: the first few problems, and the number of the others. */
export async function openApiProblems(document: unknown): Promise<string[]> {
  // Passes an object in any case, because the validator treats a text as the name of a file.
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
