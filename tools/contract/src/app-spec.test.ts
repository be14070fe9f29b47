import { type AppSpec, appSpecFieldsSchema, parseAppSpec } from '@odoobo/app-platform/spec';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { appSpec } from '../../app-platform/src/spec/arbitrary-spec.test.helper.js';

/** The part of JSON Schema that both schemas use. */
interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
}

const root = join(import.meta.dirname, '../../..');
const file = join(import.meta.dirname, '../node_modules/@digitalocean/mcp/dist/app-create-schema.json');
const { properties } = JSON.parse(readFileSync(file, 'utf8')) as Schema;
const theirs = properties?.spec ?? {};
const ours = z.toJSONSchema(appSpecFieldsSchema, { io: 'input', unrepresentable: 'any' }) as Schema;

const document = 'in their OpenAPI document';

/** The fields that their schema lacks or declares with another type, and where those fields come from. */
const onlyOurs: Record<string, string> = {
  'static_sites[].image: object': `${document}, as part of app_component_base`,
  'static_sites[].run_command: string': `${document}, as part of app_component_base`,
  'static_sites[].log_destinations: array': `${document}, as part of app_component_base`,
  'static_sites[].alerts: array': 'published nowhere; accepted with the other fields of a component',
  'ingress.rules[].component.preserve_path_prefix: string': `${document}; a boolean is accepted, too`,
  'ingress.custom_error_page_url: string': document,
  'vpc.egress_ips: array': document,
};

describe("DigitalOcean's JSON Schema of an app spec (@digitalocean/mcp)", () => {
  it('has the fields that ours has, of the same types', () => {
    const [mine, their] = [fields(ours), fields(theirs)];
    expect(missing(mine, their)).toEqual(Object.keys(onlyOurs));
    expect(missing(their, mine)).toEqual([]);
  });

  const accepts = new Ajv2020({ allErrors: true }).compile(closed(theirs));

  it('accepts the app spec of each skill', () => {
    const folder = join(root, 'infra/do-gradient');
    for (const skill of readdirSync(folder)) {
      const spec = parseAppSpec(readFileSync(join(folder, skill, 'app-spec.yaml'), 'utf8'), skill);
      expect(accepts(spec), `${skill}: ${JSON.stringify(accepts.errors)}`).toBe(true);
    }
  });

  it('accepts whatever ours accepts', () => {
    fc.assert(
      fc.property(appSpec, (spec: AppSpec) => {
        expect(accepts(spec), JSON.stringify(accepts.errors)).toBe(true);
      }),
    );
  });
});

/** The entries of one list that the other lacks; for a missing field, nothing below it. */
function missing(some: readonly string[], others: readonly string[]): string[] {
  const found = some.filter((field) => !others.includes(field));
  const names = found.map((field) => field.split(': ', 1)[0]);
  return found.filter(
    (field) => !names.some((name) => field.startsWith(`${name}.`) || field.startsWith(`${name}[]`)),
  );
}

/** Such as `services[].http_port: number`. */
function fields(schema: Schema, path = ''): string[] {
  const { type, properties = {}, items, anyOf = [] } = schema;
  const inner = Object.entries(properties).flatMap(([name, field]) =>
    fields(field, path === '' ? name : `${path}.${name}`),
  );
  const own = type === undefined || path === '' ? [] : [`${path}: ${type === 'integer' ? 'number' : type}`];
  return [
    ...own,
    ...inner,
    ...(items ? fields(items, `${path}[]`) : []),
    ...anyOf.flatMap((one) => fields(one, path)),
  ];
}

/** The same schema, but a field that it does not declare is an error. */
function closed(schema: Schema): Schema & { additionalProperties?: boolean } {
  const { properties, items } = schema;
  return {
    ...schema,
    ...(items && { items: closed(items) }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, field]) => [name, closed(field)]),
      ),
      additionalProperties: false,
    }),
  };
}
