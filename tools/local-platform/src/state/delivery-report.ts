import * as z from 'zod';

/** Times are in seconds; null where nothing could be counted. */
const figuresSchema = z.object({
  deployments: z.number(),
  deploymentsPerDay: z.number(),
  leadTimeSeconds: z.number().nullable(),
  /** Of the changes, the part that failed: 0 to 1. */
  changeFailureRate: z.number().nullable(),
  changes: z.number(),
  failures: z.number(),
  timeToRestoreSeconds: z.number().nullable(),
  notRestored: z.number(),
});

/** The delivery figures of the apps of this platform, as who deploys to it has computed them: it keeps the records. */
export const deliverySchema = z.object({
  /** ISO times of the period that they are of. */
  since: z.iso.datetime(),
  until: z.iso.datetime(),
  all: figuresSchema,
  skills: z.array(figuresSchema.extend({ name: z.string() })).max(10_000),
  /** Each day of the period, such as `2026-01-31`, UTC. */
  days: z.array(z.object({ day: z.iso.date(), deployments: z.number(), failures: z.number() })).max(400),
});

export type DeliveryReport = z.infer<typeof deliverySchema>;
