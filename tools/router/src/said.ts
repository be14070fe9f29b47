import * as z from 'zod';

const count = z.number().min(0);

const holdSchema = z.object({
  on: z.boolean(),
  at: z.number(),
  because: z.string(),
  ofStep: z.int().nullable(),
});

const countsSchema = z.object({
  failures: count,
  left: count,
  /** The buckets of times that are not empty, with their numbers of requests. */
  times: z.array(z.tuple([z.int().min(0), count])),
});

const judgedSchema = z.object({ requests: count, failures: count });
const wonSchema = z.array(z.number()).readonly().optional();
const momentsSchema = z.object({ count, mean: z.number(), squares: count });

const exampleSchema = z.object({
  method: z.string(),
  path: z.string(),
  live: z.string(),
  canary: z.string(),
});

const shadowSchema = z.object({
  same: count,
  different: count,
  unanswered: count,
  leftOut: count,
  inFlight: count,
  kinds: z.array(z.object({ kind: z.string(), requests: count, examples: z.array(exampleSchema) })),
});

const seenSchema = z.object({
  /** How much had happened there: the more, the later it is. */
  at: z.int(),
  found: z.object({
    won: z.object({ failures: wonSchema, maxFailures: wonSchema, p95: wonSchema }),
    live: judgedSchema,
    canary: judgedSchema,
  }),
  variants: z.object({ live: countsSchema, canary: countsSchema }),
  outcomes: z.object({
    live: momentsSchema,
    canary: momentsSchema,
    information: count,
    weighted: z.number(),
    scale: count,
  }),
  shadow: shadowSchema.nullable(),
  /** New clients that got their answer, by the weight they came at, in tenths of a percent. */
  assigned: z.array(z.object({ tenths: z.int().min(1).max(999), live: count, canary: count })),
  /** Requests that matches led to the canary, and that it answered well. */
  matched: count,
});

/** What one router says to another: all that it knows of the rollout, by itself and from others. */
export const saidSchema = z.object({
  rollout: z.string(),
  /** Which router says it. */
  router: z.string(),
  out: z.object({ at: z.string(), because: z.string(), isPlanned: z.boolean() }).nullable(),
  seen: z.record(z.string(), seenSchema),
  progress: z
    .object({
      index: z.int().min(0),
      since: z.number(),
      approved: z.array(z.int()),
      hold: holdSchema.nullable(),
      counted: z.record(z.string(), z.number()),
    })
    .nullable(),
});

export type Said = z.infer<typeof saidSchema>;

/** What one router has seen. */
export type Seen = Said['seen'][string];

export type CountSums = z.infer<typeof countsSchema>;
