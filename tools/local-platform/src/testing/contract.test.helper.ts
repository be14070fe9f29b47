import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect } from 'vitest';

/** The official document; it is not part of this repository. */
const file = resolve(import.meta.dirname, '../../../../../shared/design/do-apps-openapi.json');
export const documentIsThere = existsSync(file);

interface Parameter {
  name: string;
  in: string;
  schema: { type?: string };
}
interface OperationObject {
  parameters?: ({ $ref?: string } & Partial<Parameter>)[];
  requestBody?: object;
  responses: Record<string, { $ref: string }>;
}
interface OpenApi {
  paths: Record<string, Record<string, OperationObject>>;
  components: { parameters: Record<string, Parameter> };
}

interface Operation {
  /** For example `GET /v2/apps/{id}`. */
  id: string;
  method: string;
  path: string;
  object: OperationObject;
}

/** A call and its answer. */
export interface Exchange {
  method: string;
  /** With its query. */
  path: string;
  request: unknown;
  status: number;
  headers: Headers;
  body: unknown;
}

const base = 'https://openapi.test/';
const document = documentIsThere
  ? (JSON.parse(readFileSync(file, 'utf8'), withScheduled) as OpenApi)
  : undefined;

/** The document knows the runs of SCHEDULED jobs, but not that kind of job, which the official Go client has (godo, apps.gen.go). */
function withScheduled(key: string, value: unknown): unknown {
  const isKind = key === 'enum' && Array.isArray(value) && value.includes('FAILED_DEPLOY');
  return isKind ? [...(value as unknown[]), 'SCHEDULED'] : value;
}

export const operations = document ? operationsOf(document) : [];
/** The operations that this process has called with success, by id. */
export const exercised = new Set<string>();

const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false });
addFormats.default(ajv);
for (const format of ['uint32', 'uint64']) ajv.addFormat(format, true);
// With an id of its own, references inside the document resolve wherever they are followed from.
if (document) ajv.addSchema({ ...document, $id: base });

function operationsOf({ paths }: OpenApi): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, object]) => ({
      id: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      object,
    })),
  );
}

/**
 * Checks a call and its answer against the document, whatever the status. Every call of the tests comes through here; where the
 * document is absent nothing is checked.
 */
export function checkExchange(exchange: Exchange): void {
  const operation = document && find(exchange.method, exchange.path);
  if (operation === undefined) return;
  if (exchange.status !== 200) {
    if (exchange.body !== undefined) expectValid('#/components/schemas/error', exchange.body);
    return;
  }
  exercised.add(operation.id);
  expect(exchange.headers.get('ratelimit-limit'), 'ratelimit-limit').toMatch(/^\d+$/);
  const { pathname, searchParams } = new URL(exchange.path, base);
  expect(pathname).not.toBe('');
  for (const [name, value] of searchParams) checkParameter(operation, name, value);
  const escaped = operation.path.replaceAll('/', '~1');
  const at = `#/paths/${encodeURIComponent(escaped)}/${operation.method.toLowerCase()}/requestBody`;
  // The official Go client sends null for no options.
  if (operation.object.requestBody && (exchange.request ?? undefined) !== undefined)
    expectValid(`${at}/content/application~1json/schema`, exchange.request);
  const response = operation.object.responses['200']?.$ref ?? '';
  if (exchange.body !== undefined) expectValid(`${response}/content/application~1json/schema`, exchange.body);
}

/** A literal path wins over one with a parameter: /v2/apps/regions, not /v2/apps/{id}. */
function find(method: string, target: string): Operation | undefined {
  const segments = target.split('?', 1)[0]?.split('/') ?? [];
  return operations
    .filter(({ method: other, path }) => {
      const parts = path.split('/');
      const fits = (part: string, index: number) => part.startsWith('{') || part === segments[index];
      return other === method && parts.length === segments.length && parts.every(fits);
    })
    .sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
}

/** Only the official Go client has these for all logs (godo, apps.go). */
const onlyInGodo = ['tail_lines', 'component_name'];

function checkParameter({ id, object }: Operation, name: string, text: string): void {
  if (onlyInGodo.includes(name)) return;
  const parameters = (object.parameters ?? []).map((one) =>
    one.$ref === undefined ? one : document?.components.parameters[one.$ref.split('/').at(-1) ?? ''],
  );
  const parameter = parameters.find((one) => one?.in === 'query' && one.name === name);
  if (parameter?.schema === undefined) throw new Error(`${id} has no parameter ${name} in the document.`);
  const { type } = parameter.schema;
  const value = type === 'string' ? text : type === 'array' ? [text] : (JSON.parse(text) as unknown);
  const resolved = JSON.parse(
    JSON.stringify(parameter.schema).replaceAll('"#/', `"${base}#/`),
  ) as typeof parameter.schema;
  // Page 0 is page 1, which the document does not say.
  if (name === 'page' && value === 0) return;
  const validate = ajv.compile(resolved);
  validate(value);
  expect(validate.errors ?? [], `${id} ${name}`).toEqual([]);
}

function expectValid(pointer: string, value: unknown): void {
  const validate = validator(pointer);
  validate(value);
  expect(validate.errors ?? [], pointer).toEqual([]);
}

/** Compiled from where it stands in the document, so that its references resolve. */
function validator(pointer: string): ValidateFunction {
  const $ref = base + pointer;
  return ajv.getSchema($ref) ?? ajv.compile({ $ref });
}
