import * as z from 'zod';

const duration = z.string().regex(/^\d+[smh]$/, 'expected a duration such as 30s, 5m or 2h');
const path = z.string().startsWith('/', 'expected a path that begins with "/"');
const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'expected the name of a header');
const stickyHeader = headerName.meta({
  description: 'Requests with the same value of this header are one client.',
});
const to = z.enum(['live', 'canary']).meta({ description: 'The version that gets them.' });

function named(what: string) {
  return z
    .strictObject({
      name: headerName.meta({ description: `The name of the ${what}.` }),
      value: z.string().meta({ description: 'Its whole value.' }),
    })
    .meta({ description: `Requests with this ${what}.` });
}

function percentage(description: string) {
  return z
    .number()
    .min(0)
    .max(100)
    .multipleOf(0.1, 'expected a percentage to a tenth, such as 0.5')
    .optional()
    .meta({ description });
}

const stepSchema = z.strictObject({
  weight: percentage(
    'The percentage of the clients that get the new version. Default: that of the step before.',
  ),
  shadow: percentage(
    'The percentage of the requests of which the new version gets a copy; nobody gets its answer.',
  ),
  requests: z
    .int()
    .min(1)
    .optional()
    .meta({ description: 'The step needs so many requests to the new version.' }),
  for: duration.optional().meta({ description: 'The step lasts at least so long: 30s, 5m, 2h.' }),
  approve: z.literal(true).optional().meta({ description: 'The step waits until someone approves it.' }),
  deadline: duration.optional().meta({
    description:
      'When the step is held, or what `onTooLittle` says is done, if it still waits. Default: four times `for`, at least 10 minutes; a day to approve.',
  }),
});

const verdictSchema = z.strictObject({
  falseAborts: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .meta({ description: 'The share of rollouts of a good version that may be aborted. Default: 0.01.' }),
  maxFailures: z.number().gt(0).lt(1).optional().meta({
    description: 'The share of requests that may fail at all: 0.02. Default: no more than what is live.',
  }),
  p95: z
    .strictObject({
      worseBy: z
        .string()
        .regex(/^\d+(\.\d+)?%$/, 'expected a percentage such as "20%"')
        .meta({ description: 'Than those of what is live: "20%".' }),
    })
    .optional()
    .meta({ description: 'How much slower the slowest twentieth of the answers may be: "20%".' }),
  requests: z
    .int()
    .min(1)
    .optional()
    .meta({ description: 'How many requests are enough to call a version good. Default: 200.' }),
  onTooLittle: z.enum(['hold', 'go-on', 'abort']).optional().meta({
    description: 'What a step does that still waits for requests at its deadline. Default: hold.',
  }),
  smokeTest: z
    .boolean()
    .optional()
    .meta({ description: 'Run the smoke test against the new version at each step; if it fails, abort.' }),
});

const experimentSchema = z.strictObject({
  better: z.enum(['higher', 'lower']).meta({
    description: 'Which mean of the header `x-skill-outcome` of the answers is better: "higher".',
  }),
  promote: z.boolean().optional().meta({
    description:
      'Give the new version to all users if its outcomes are shown to be better. Default: at its end, all users have what was live.',
  }),
});

/** How new versions of a skill are released. */
export const rolloutSchema = z
  .strictObject({
    steps: z
      .array(stepSchema)
      .min(1, 'expected a step')
      .meta({
        description:
          'What happens one after another. A version that is found worse is taken out at any step.',
        examples: [[{ weight: 1, requests: 200 }, { weight: 10, for: '10m' }, { approve: true }]],
      }),
    verdict: verdictSchema.optional().meta({ description: 'When a new version is worse.' }),
    stickyBy: z
      .union([z.literal('cookie'), z.strictObject({ header: stickyHeader })], {
        error: 'expected "cookie" or {"header": "<name>"}',
      })
      .optional()
      .meta({ description: 'What tells clients apart. Default: a cookie.' }),
    matches: z
      .array(
        z.union(
          [
            z.strictObject({ to, header: named('header') }),
            z.strictObject({ to, cookie: named('cookie') }),
            z.strictObject({ to, path: path.meta({ description: 'Requests to this path.' }) }),
          ],
          { error: 'expected "to", and one of "header", "cookie" and "path"' },
        ),
      )
      .optional()
      .meta({
        description: 'Requests that always go to one of the two versions; the first that fits decides.',
      }),
    shadow: z
      .strictObject({
        pure: z
          .array(path)
          .optional()
          .meta({ description: 'Paths of which POST requests are safe to repeat: they are copied, too.' }),
        ignore: z
          .array(z.string().min(1))
          .optional()
          .meta({ description: 'Paths in JSON answers that may differ: `metadata.took_ms`.' }),
      })
      .optional()
      .meta({ description: 'About steps with `shadow`.' }),
    experiment: experimentSchema.optional().meta({
      description:
        'The steps compare two versions by what their answers are worth. The last step ends when one is shown to be better, or with its time.',
    }),
  })
  .superRefine(({ steps, experiment }, { addIssue }) => {
    if (experiment && steps.at(-1)?.for === undefined)
      addIssue({
        code: 'custom',
        path: ['steps', steps.length - 1, 'for'],
        message: 'expected how long the experiment lasts at most, such as "72h"',
      });
    let before = 0;
    steps.forEach(({ weight = before, shadow = 0, requests }, index) => {
      const refuse = (field: string, message: string) =>
        addIssue({ code: 'custom', path: ['steps', index, field], message });
      if (weight < before)
        refuse('weight', `goes down from ${before} to ${weight}: expected at least as much`);
      if (requests !== undefined && weight === 0 && shadow === 0)
        refuse('requests', 'the new version gets none at weight 0 without "shadow"');
      before = weight;
    });
  });

export type Rollout = z.infer<typeof rolloutSchema>;
