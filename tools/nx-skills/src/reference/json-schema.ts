import * as z from 'zod';

/** The part of JSON Schema (draft 7) that zod generates for the schemas here. */
export interface JsonSchema {
  description?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  /** For an object whose names the user chooses. */
  additionalProperties?: JsonSchema | boolean;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
}

export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }) as JsonSchema;
}

/** A field of a document, or an option of a target. */
export interface Field {
  /** Such as `skills.<skill>.health.healthy`, or `smokeTests[].name`. */
  name: string;
  type: string;
  required: boolean;
  default: unknown;
  description: string;
}

/** Every field of an object, including those of nested objects, in the order of the schema. */
export function fieldsOf(schema: JsonSchema, prefix = ''): Field[] {
  const fields = variantsOf(schema).flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).flatMap(([key, property]) => [
      fieldOf(`${prefix}${key}`, property, required.includes(key)),
      ...fieldsOf(inner(property), `${prefix}${key}${innerSuffix(property)}.`),
    ]),
  );
  // Variants of an object may share a field, such as the one that distinguishes them.
  const merged = new Map<string, Field>();
  for (const field of fields) {
    const type = merged.get(field.name)?.type;
    const types = type === undefined || type === field.type ? field.type : `${type}, ${field.type}`;
    merged.set(field.name, { ...field, type: types });
  }
  return [...merged.values()];
}

/** The objects that a value may be. */
export function variantsOf(schema: JsonSchema): JsonSchema[] {
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants) return variants.flatMap(variantsOf);
  return schema.allOf ? schema.allOf.map(variantsOf).reduce(bothOf) : [schema];
}

function bothOf(left: readonly JsonSchema[], right: readonly JsonSchema[]): JsonSchema[] {
  return left.flatMap((one) =>
    right.map((other) => ({ ...one, properties: { ...one.properties, ...other.properties } })),
  );
}

function fieldOf(name: string, schema: JsonSchema, required: boolean): Field {
  const { description = '', default: value } = schema;
  return { name, type: typeOf(schema), required, default: value, description };
}

function inner(schema: JsonSchema): JsonSchema {
  if (schema.items) return schema.items;
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : schema;
}

function innerSuffix(schema: JsonSchema): string {
  if (schema.items) return '[]';
  return typeof schema.additionalProperties === 'object' ? '.<name>' : '';
}

function typeOf(schema: JsonSchema): string {
  const { type, format, items, minimum, maximum } = schema;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(', ');
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants) return [...new Set(variants.map(typeOf))].join(' or ');
  if (items) return `list of ${typeOf(items)}`;
  if (type === 'integer') return `integer, ${minimum} to ${maximum}`;
  if (format === 'date-time') return 'time';
  return format === 'uri' ? 'URL' : [type ?? 'any'].flat().join(' or ');
}
