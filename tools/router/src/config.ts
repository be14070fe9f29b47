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
const duration = z
  .string()
  .regex(/^[1-9]\d{0,4}[smh]$/, 'expected a duration such as 30s, 5m or 2h')
  .transform(millisecondsOf);

const matchSchema = z.union(
  [
    z.strictObject({
      to,
      header: named,
      isTest: z
        .boolean()
        .default(false)
        .describe('Requests of a test: they reach the canary even while it has given no good answer yet.'),
    }),
    z.strictObject({ to, cookie: named }),
    z.strictObject({ to, path }),
  ],
  { error: 'expected "to", and one of "header", "cookie" and "path"' },
);

const shadowSchema = z.strictObject({
  share: share
    .optional()
    .describe(
      'The percentage of the requests that are safe to repeat of which the canary gets a copy, where a step does not say it.',
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
  onTooLittle: z
    .enum(['hold', 'go-on', 'abort'])
    .default('hold')
    .describe('What a step does at its deadline when it has not seen enough requests.'),
});

const experimentSchema = z.strictObject({
  better: z
    .enum(['higher', 'lower'])
    .describe(
      'Which mean of "x-skill-outcome" is better. Once either variant is shown to be, the last step ends.',
    ),
  promote: z
    .boolean()
    .default(false)
    .describe(
      'Whether the canary stays when it is shown to be better. In all other cases it is out at the end.',
    ),
});

const stepSchema = z.strictObject({
  weight: share
    .optional()
    .describe(
      'The percentage of the clients that the canary serves. Default: that of the step before, 0 at first.',
    ),
  shadow: share
    .optional()
    .describe('The share of copies during this step. Default: that of "shadow", else 0.'),
  requests: z
    .int()
    .min(1)
    .optional()
    .describe(
      'The step lasts until the canary has had so many requests in it, or copies where it serves none.',
    ),
  for: duration.optional().describe('The step lasts at least so long.'),
  approve: z.literal(true).optional().describe('The step lasts until it is approved.'),
  deadline: duration
    .optional()
    .describe(
      'How long the step may last. Default: four times "for", at least 10m; 24h where it is approved.',
    ),
});

const fields = z.strictObject({
  rollout: z
    .string()
    .min(1)
    .describe('The id of the rollout: another one forgets verdicts and places of clients.'),
  live: service,
  canary: service,
  startedAt: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('When the first step begins, if that is after the start of the router.'),
  weight: share
    .optional()
    .describe('The percentage of the clients that the canary serves, where it does not change.'),
  steps: z
    .array(stepSchema)
    .min(1)
    .max(20)
    .optional()
    .describe('How the weight grows. Either "weight" or "steps".'),
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
  experiment: experimentSchema
    .optional()
    .describe(
      'The steps compare two variants, of which neither is the next version: their end is no success.',
    ),
  peers: service
    .optional()
    .describe(
      'The URL of the routers themselves: they learn from each other what was put out, approved and held.',
    ),
  routers: z
    .int()
    .min(1)
    .max(250)
    .default(1)
    .describe('How many routers share the requests, and so the false aborts.'),
});

/** What a router does. All routers of a service have the same. */
export const routerConfigSchema = fields.check(({ value, issues }) => {
  const { weight, steps, shadow, experiment } = value;
  const refuse = (path: (string | number)[], message: string): void =>
    void issues.push({ code: 'custom', path, message, input: value });
  if ((weight === undefined) === (steps === undefined)) refuse([], 'expected either "weight" or "steps"');
  if (!steps && shadow && shadow.share === undefined) refuse(['shadow', 'share'], 'expected a percentage');
  if (experiment && !steps)
    refuse(['experiment'], 'expected "steps", of which the last one says how long it lasts');
  if (steps) checkSteps(steps, shadow?.share ?? 0, refuse);
});

function checkSteps(
  steps: NonNullable<z.output<typeof fields>['steps']>,
  share: number,
  refuse: (path: (string | number)[], message: string) => void,
): void {
  let before = 0;
  for (const [index, step] of steps.entries()) {
    const weight = step.weight ?? before;
    const at = (field: string): (string | number)[] => ['steps', index, field];
    if (weight < before) refuse(at('weight'), `goes down from ${before} to ${weight}: abort instead`);
    if (step.requests !== undefined && weight === 0 && (step.shadow ?? share) === 0)
      refuse(at('requests'), 'the canary has none at weight 0 without shadow traffic');
    if (step.deadline !== undefined && step.deadline < (step.for ?? 0))
      refuse(at('deadline'), 'is shorter than "for"');
    before = weight;
  }
}

function millisecondsOf(text: string): number {
  const unit = { s: 1_000, m: 60_000, h: 3_600_000 }[text.at(-1) as 's' | 'm' | 'h'];
  return Number(text.slice(0, -1)) * unit;
}

export type RouterConfig = z.infer<typeof routerConfigSchema>;
export type RouterConfigInput = z.input<typeof routerConfigSchema>;
export type ShadowConfig = Omit<NonNullable<RouterConfig['shadow']>, 'share'>;

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
