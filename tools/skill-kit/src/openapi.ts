import * as z from 'zod';
import { errorBodySchema } from './error.js';
import { invokeRequestSchema } from './invoke.js';
import type { Skill, SkillManifest } from './skill.js';

export const healthSchema = z.object({
  status: z.literal('healthy'),
  skill: z.string(),
  version: z.string(),
  digest: z.string().optional().meta({ description: 'Digest of the artefact that is running' }),
  uptime_seconds: z.number().min(0),
});

const metadataSchema = z.object({
  skill: z.string(),
  version: z.string(),
  request_id: z.string(),
  duration_ms: z.number().min(0),
});

/** Statuses that /invoke itself returns; a skill adds its own with `SkillError`. */
export const invokeErrors: Record<string, string> = {
  '400': 'Malformed JSON, or input that does not match the schema: `details` lists every error with its path',
  '408': 'The request did not arrive in time',
  '413': 'The body is larger than this skill accepts',
  '415': 'The content type is not application/json',
  '500': 'The skill failed; its log has the cause under the request id',
  '503': 'The skill did not finish in time',
};

/** The OpenAPI 3.1 document of a skill, generated from the zod schemas with which the server checks. */
export function openApiDocument(manifest: SkillManifest, skill: Skill) {
  const { id, version, description } = manifest;
  const response = z.object({ output: skill.output, metadata: metadataSchema });
  return {
    openapi: '3.1.0',
    info: { title: id, version, description },
    paths: {
      '/health': {
        get: { ...operation('health', 'The health, and what is running'), responses: ok('Health') },
      },
      '/invoke': { post: invokeOperation(skill, description) },
      '/docs': {
        get: { ...operation('docs', 'This documentation for people'), responses: okText('text/html') },
      },
      '/openapi.json': {
        get: { ...operation('openapi', 'This document'), responses: okText('application/json') },
      },
    },
    components: {
      schemas: {
        InvokeRequest: component('InvokeRequest', invokeRequestSchema(skill.input), 'input'),
        InvokeResponse: component('InvokeResponse', response, 'output'),
        Health: component('Health', healthSchema, 'output'),
        Error: component('Error', errorBodySchema, 'output'),
      },
    },
  };
}

function operation(operationId: string, summary: string) {
  return { operationId, summary };
}

function invokeOperation(skill: Skill, description: string) {
  const requests = skill.examples.map(({ title, input }) => [title, { value: { input } }] as const);
  const errors = Object.entries(invokeErrors).map(
    ([status, text]) => [status, { description: text, content: jsonOf('Error') }] as const,
  );
  return {
    ...operation('invoke', description),
    requestBody: {
      required: true,
      content: { 'application/json': { schema: ref('InvokeRequest'), examples: byName(requests) } },
    },
    responses: {
      ...ok('InvokeResponse'),
      ...Object.fromEntries(errors),
      default: { description: "An error of the skill's own", content: jsonOf('Error') },
    },
  };
}

function ok(schema: string) {
  return { '200': { description: 'OK', content: jsonOf(schema) } };
}

function okText(type: string) {
  return { '200': { description: 'OK', content: { [type]: {} } } };
}

function jsonOf(schema: string) {
  return { 'application/json': { schema: ref(schema) } };
}

function ref(schema: string) {
  return { $ref: `#/components/schemas/${schema}` };
}

/** Names of examples are keys of a map, so a title becomes a slug. */
function byName<T>(entries: (readonly [title: string, value: T])[]): Record<string, T & { summary: string }> {
  return Object.fromEntries(
    entries.map(([title, value]) => [title.toLowerCase().replace(/\W+/g, '-'), { summary: title, ...value }]),
  );
}

/** zod writes a schema as a separate document; inside this one its `#` is the component. */
function component(name: string, schema: z.ZodType, io: 'input' | 'output'): unknown {
  const text = JSON.stringify(z.toJSONSchema(schema, { io }), (key, value: unknown) => {
    if (key === '$schema') return undefined;
    return key === '$ref' && typeof value === 'string' ? value.replace('#', ref(name).$ref) : value;
  });
  return JSON.parse(text);
}
