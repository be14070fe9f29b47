import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { appSpecFieldsSchema } from './index.js';

interface Schema {
  type?: string;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  items?: Schema;
}

/** Fields of the official OpenAPI document, or that all components have in common, which their Go client lacks. */
const onlyOurs = [
  'static_sites[].image',
  'static_sites[].run_command',
  'static_sites[].log_destinations[]',
  'static_sites[].alerts[]',
  'ingress.custom_error_page_url',
  'vpc.egress_ips[]',
];

/** What each field of a JSON Schema is called in the list of godo's fields. */
function fieldsOf({ properties = {} }: Schema, path = ''): Map<string, Schema> {
  return new Map(
    Object.entries(properties).flatMap(([name, field]) => {
      const at = `${path}${name}${field.items ? '[]' : ''}`;
      const item = field.items ?? field;
      return [[at, item] as const, ...fieldsOf(item, `${at}.`)];
    }),
  );
}

const ours = fieldsOf(z.toJSONSchema(appSpecFieldsSchema, { io: 'input', unrepresentable: 'any' }) as Schema);
const theirs = new Map(
  readFileSync(new URL('../../src/spec/godo-fields.txt', import.meta.url), 'utf8')
    .split('\n')
    .slice(1, -1)
    .map((line) => line.split(': ') as [string, string]),
);

it("has every field of an App Spec that DigitalOcean's Go client has, with every value", () => {
  const missing = [...theirs].filter(([field, type]) => {
    const own = ours.get(field);
    const values = type.split(', ');
    return own === undefined || (values.length > 1 && !values.every((value) => own.enum?.includes(value)));
  });
  // An image from no registry cannot be found.
  const noRegistry = 'UNSPECIFIED, DOCR, DOCKER_HUB, GHCR';
  expect(missing.filter(([, type]) => type !== noRegistry)).toEqual([]);
});

it('has no other field but those of the document', () => {
  const others = [...ours.keys()].filter((field) => !theirs.has(field));
  expect(others.filter((field) => !onlyOurs.some((one) => field.startsWith(`${one}.`)))).toEqual(onlyOurs);
});
