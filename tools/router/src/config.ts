import * as z from 'zod';

const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'expected the name of a header');
const path = z.string().startsWith('/', 'expected a path that begins with "/"');
const share = z.number().min(0).max(100).multipleOf(0.1, 'expected a percentage to a tenth, such as 0.5');
const service = z
  .string()
  .regex(
    /^http:\/\/[^/?#@\s]+\/?$/,
    'expected the URL of a service without a path, such as http://shop:8080',
  );
const named = z.strictObject({ name: headerName, value: z.string() });
const to = z.enum(['live', 'canary']);

const matchSchema = z.union(
  [
    z.strictObject({ to, header: named }),
    z.strictObject({ to, cookie: named }),
    z.strictObject({ to, path }),
  ],
  { error: 'expected "to", and one of "header", "cookie" and "path"' },
);

const shadowSchema = z.strictObject({
  share: share.describe(
    'The percentage of the requests that are safe to repeat of which the canary gets a copy.',
  ),
  pure: z.array(path).default([]).describe('Paths of which POST requests are safe to repeat, too.'),
  ignore: z
    .array(z.string().min(1))
    .default([])
    .describe('Paths in JSON bodies that may differ, such as `metadata.took_ms`; `*` is any item.'),
  atOnce: z
    .int()
    .min(1)
    .max(1000)
    .default(8)
    .describe('How many copies may be on their way; others are left out.'),
});

const verdictSchema = z.strictObject({
  falseAborts: z.number().gt(0).lt(1).default(0.01),
  maxFailures: z.number().gt(0).lt(1).optional(),
  p95: z.strictObject({ worseBy: z.number().min(0) }).optional(),
  requests: z
    .int()
    .min(1)
    .default(200)
    .describe('How many requests to the canary are enough to call it good.'),
});

/** What a router does. All routers of a service have the same. */
export const routerConfigSchema = z.strictObject({
  rollout: z
    .string()
    .min(1)
    .describe('The id of the rollout: another one forgets verdicts and places of clients.'),
  live: service,
  canary: service,
  weight: share.describe('The percentage of the clients that the canary serves.'),
  stickyBy: z
    .union([z.literal('cookie'), z.strictObject({ header: headerName })], {
      error: 'expected "cookie" or {"header": "<name>"}',
    })
    .default('cookie')
    .describe('What tells clients apart. Without that header, each request counts as a client of its own.'),
  matches: z
    .array(matchSchema)
    .default([])
    .describe('Requests that always go to one of the two; the first that fits decides.'),
  shadow: shadowSchema.optional(),
  verdict: verdictSchema.prefault({}),
  peers: service
    .optional()
    .describe('The URL of the routers themselves: what one of them has put out, the others put out, too.'),
  routers: z
    .int()
    .min(1)
    .max(250)
    .default(1)
    .describe('How many routers share the requests, and so the false aborts.'),
});

export type RouterConfig = z.infer<typeof routerConfigSchema>;
export type RouterConfigInput = z.input<typeof routerConfigSchema>;
export type ShadowConfig = NonNullable<RouterConfig['shadow']>;

/**
 * Reads a configuration.
 * @param from where it is from, for errors
 * @throws Error that lists everything that is wrong, by path.
 */
export function readConfig(text: string, from: string): RouterConfig {
  const result = routerConfigSchema.safeParse(parsed(text, from));
  if (result.success) return result.data;
  const issues = result.error.issues.map(
    (issue) => `${from}: ${issue.path.join('/') || '(all)'}: ${issue.message}`,
  );
  throw new Error(issues.join('\n'));
}

function parsed(text: string, from: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${from}: expected JSON (${(cause as Error).message})`, { cause });
  }
}
