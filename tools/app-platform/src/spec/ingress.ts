import * as z from 'zod';
import { show, variableHint } from './describe-issue.js';
import { absolutePathSchema, durationSchema, integer, nameSchema, portSchema, textLike } from './fields.js';

const stringMatchSchema = z.strictObject({
  exact: z.string().max(256).optional(),
  prefix: z.string().max(256).optional(),
  regex: z.string().max(256).optional(),
});

/** `apps_cors_policy` of the official document. */
export const corsSchema = z.strictObject({
  allow_origins: z.array(stringMatchSchema).optional(),
  allow_methods: z.array(z.string()).optional(),
  allow_headers: z.array(z.string()).optional(),
  expose_headers: z.array(z.string()).optional(),
  max_age: durationSchema.optional(),
  allow_credentials: z.boolean().optional(),
});

export type CorsPolicy = z.infer<typeof corsSchema>;

/** Deprecated by the platform for ingress rules, still accepted by it. */
export const routeSchema = z.strictObject({
  path: absolutePathSchema.optional(),
  preserve_path_prefix: z.boolean().optional(),
});

/** The document calls this a string, the official client sends a boolean: both are accepted. */
const preservePathPrefixSchema = z.union([z.boolean(), z.enum(['true', 'false'])], {
  error: 'expected true or false',
});

const ruleSchema = z.strictObject({
  match: z
    .strictObject({
      path: z
        .strictObject({ prefix: z.string().max(256).optional(), exact: z.string().max(256).optional() })
        .optional(),
      authority: z
        .strictObject({ exact: z.string().max(256).optional(), prefix: z.string().max(256).optional() })
        .optional(),
    })
    .optional(),
  component: z
    .strictObject({
      name: nameSchema,
      preserve_path_prefix: preservePathPrefixSchema.optional(),
      rewrite: z.string().optional(),
    })
    .optional(),
  redirect: z
    .strictObject({
      uri: z.string().optional(),
      authority: z.string().optional(),
      port: portSchema.optional(),
      scheme: z.enum(['http', 'https']).optional(),
      redirect_code: z.literal([300, 301, 302, 303, 304, 307, 308]).optional(),
    })
    .optional(),
  cors: corsSchema.optional(),
});

/** `app_ingress_spec`, and `load_balancer`, `load_balancer_size`, `secure_header`, which only godo (apps.gen.go) has. */
export const ingressSchema = z.strictObject({
  rules: z.array(ruleSchema).optional(),
  custom_error_page_url: textLike(/^https:\/\//, 'a URL that starts with https://').optional(),
  load_balancer: z.enum(['UNKNOWN', 'DIGITALOCEAN']).optional(),
  load_balancer_size: integer(1, 1000).optional(),
  secure_header: z
    .strictObject({
      key: z.string().optional(),
      value: z.string().optional(),
      remove_header: z.boolean().optional(),
    })
    .optional(),
});

export const domainSchema = z.strictObject({
  domain: z
    .string()
    .min(4, { error: 'expected a domain name of at least 4 characters' })
    .max(253)
    .regex(/^((xn--)?[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*\.)+[a-zA-Z]{2,}\.?$/, {
      error: ({ input }) =>
        `expected a domain name such as app.example.com, got ${show(input)}${variableHint(input)}`,
    }),
  type: z.enum(['UNSPECIFIED', 'DEFAULT', 'PRIMARY', 'ALIAS']).optional(),
  wildcard: z.boolean().optional(),
  zone: z.string().optional(),
  minimum_tls_version: z.enum(['1.2', '1.3']).optional(),
  certificate: z.string().optional(),
});
