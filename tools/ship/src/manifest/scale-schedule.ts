import { cronProblem, isTimeZone, lastTime } from '@odoobo/app-platform/spec';
import * as z from 'zod';
import { sizeFields, sizeProblem } from './size-fields.js';

const scheduledSizeSchema = z
  .strictObject({
    cron: z
      .string()
      .superRefine((cron, { addIssue }) => {
        const problem = cronProblem(cron);
        if (problem !== undefined) addIssue({ code: 'custom', message: problem });
      })
      .meta({ description: 'When, in five fields: minute, hour, day of month, month, day of week.' }),
    zone: z
      .string()
      .refine(isTimeZone, 'expected a time zone such as Europe/Berlin')
      .default('UTC')
      .meta({ description: 'The time zone of `cron`.' }),
    ...sizeFields,
  })
  .superRefine((entry, { addIssue }) => {
    const problem = sizeProblem(entry);
    if (problem !== undefined) addIssue({ code: 'custom', message: problem });
  });

/** Sizes by the time of day or week. */
export const scaleScheduleSchema = z.array(scheduledSizeSchema).min(1);

export type ScheduledSize = z.infer<typeof scheduledSizeSchema>;

/**
 * The sizes that hold now: of the entries of each component, the one whose time came last; of two at one minute, the later one in the list.
 *
 * @param now milliseconds since 1970
 */
export function sizesAt(schedule: readonly ScheduledSize[], now: number): ScheduledSize[] {
  const holding = new Map<string | undefined, { entry: ScheduledSize; since: number }>();
  for (const entry of schedule) {
    const since = lastTime(entry.cron, entry.zone, now);
    const other = holding.get(entry.component);
    if (since !== undefined && (!other || since >= other.since))
      holding.set(entry.component, { entry, since });
  }
  return [...holding.values()].map(({ entry }) => entry);
}
