import * as z from 'zod';

const json = z.record(z.string(), z.unknown());

const requestPath = z.string().regex(/^\/\S*$/, 'expected a path that starts with "/"');

/** A call of `POST /invoke`, which every skill has. */
const invoke = z
  .strictObject({ input: json.meta({ description: 'The `input` that is sent to POST /invoke.' }) })
  .meta({ description: 'The call of a skill.' });

/** Any other request. */
const request = z
  .strictObject({
    method: z
      .enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
      .default('GET')
      .meta({ description: 'The method.' }),
    path: requestPath.meta({ description: 'Path and query.', examples: ['/orders?limit=1'] }),
    headers: z
      .record(z.string(), z.string())
      .default({})
      .meta({ description: 'Headers, such as `accept`. No secret: this file is committed.' }),
    json: z.unknown().optional().meta({ description: 'The body, sent as JSON.' }),
  })
  .meta({ description: 'The call, of any service.' });

const response = z
  .strictObject({
    status: z.int().min(100).max(599).default(200).meta({ description: 'The HTTP status.' }),
    json: z
      .unknown()
      .optional()
      .meta({ description: 'What the body, as JSON, must contain; other fields may be anything.' }),
    text: z.string().min(1).optional().meta({ description: 'A text that the body must contain.' }),
  })
  .meta({ description: 'The answer that `request` must get. Default: status 200.' });

/** These rules are checked whatever else is wrong with a test. */
function isObject({ value }: { value: unknown }): boolean {
  return z.looseObject({}).safeParse(value).success;
}

/** A request that the live service must answer as the manifest says. */
export const smokeTest = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .meta({ description: 'What the test shows.', examples: ['counts words'] }),
    invoke: invoke.optional(),
    request: request.optional(),
    response: response.optional(),
    expect: json.optional().meta({
      description:
        'What the `output` must contain. Every field here must be there with this value, and so on inside objects; fields ' +
        'that are not named here may be anything. A list must be of the same length, and match item by item.',
    }),
    expectError: z
      .strictObject({
        status: z
          .int()
          .min(400)
          .max(599)
          .meta({ description: 'The HTTP status.', examples: [403] }),
        code: z
          .string()
          .min(1)
          .meta({ description: 'The `code` of the error.', examples: ['host_not_allowed'] }),
      })
      .optional()
      .meta({ description: 'The error that the call must get, instead of an output.' }),
  })
  .refine(({ invoke, request }) => (invoke === undefined) !== (request === undefined), {
    path: ['invoke'],
    error: 'expected either this or "request"',
    when: isObject,
  })
  .refine(
    ({ invoke, expect, expectError }) =>
      invoke === undefined || (expect === undefined) !== (expectError === undefined),
    { path: ['expect'], error: 'expected either this or "expectError"', when: isObject },
  )
  .refine(
    ({ request, expect, expectError }) => request === undefined || (expect ?? expectError) === undefined,
    {
      path: ['expect'],
      error: 'is about "invoke": the answer of "request" is in "response"',
      when: isObject,
    },
  )
  .refine(({ invoke, response }) => invoke === undefined || response === undefined, {
    path: ['response'],
    error: 'is about "request": the answer of "invoke" is in "expect" or "expectError"',
    when: isObject,
  });
