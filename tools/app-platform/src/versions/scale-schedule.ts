import * as z from 'zod';
import type { AppSpec } from '../spec/index.js';
import { lastTime } from '../spec/rules/last-time.js';
import { cronProblem, isTimeZone } from '../spec/rules/schedule.js';
import { innerScope } from './mark.js';
import { ownVariable, withOwnVariable } from './own-variables.js';
import type { Wanted } from './rescale.js';
import { type GivenSize, namesSize, sizeFields, sizeProblem } from './size-fields.js';

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
    archive: z.boolean().optional().meta({
      description:
        'The whole app is archived: nothing of it runs, and its URL shows a page that says so. Until the next entry.',
    }),
  })
  .superRefine((entry, { addIssue }) => {
    const problem = problemOf(entry);
    if (problem !== undefined) addIssue({ code: 'custom', message: problem });
  });

interface GivenEntry extends GivenSize {
  archive?: boolean | undefined;
  component?: string | undefined;
}

function problemOf(entry: GivenEntry): string | undefined {
  if (entry.archive && (namesSize(entry) || entry.component !== undefined))
    return 'archive ends all that the app runs: name no size and no component beside it';
  return entry.archive === undefined || namesSize(entry) ? sizeProblem(entry) : undefined;
}

/** Sizes by the time of day or week. */
export const scaleScheduleSchema = z.array(scheduledSizeSchema).min(1);

export type ScheduledSize = z.infer<typeof scheduledSizeSchema>;

/** An entry, and since when it holds. */
interface Holding {
  entry: ScheduledSize;
  /** Milliseconds since 1970. */
  since: number;
}

/** What a schedule wants at a time. */
export interface Held extends Wanted {
  /** The entries that hold, each with the time since when: as long as it is the same, so is what is wanted. */
  key: string;
}

/**
 * What holds now: of the entries of each component, the one whose time came last; of two at one minute, the later one in the list. The
 * app is archived if the last of all these says so. Undefined before the first of all times.
 *
 * @param now milliseconds since 1970
 */
export function heldAt(schedule: readonly ScheduledSize[], now: number): Held | undefined {
  const holding = holdingAt(schedule, now);
  const [first, ...others] = holding;
  if (!first) return undefined;
  const last = others.reduce((latest, one) => (one.since >= latest.since ? one : latest), first);
  const archive = last.entry.archive === true;
  const knowsArchive = schedule.some((entry) => entry.archive !== undefined);
  return {
    // What is archived has no size.
    sizes: archive ? [] : holding.map(({ entry }) => entry).filter(namesSize),
    ...(knowsArchive && { archive }),
    key: JSON.stringify(holding),
  };
}

/** In the order of the list. */
function holdingAt(schedule: readonly ScheduledSize[], now: number): Holding[] {
  const holding = new Map<string | undefined, Holding>();
  for (const entry of schedule) {
    const since = lastTime(entry.cron, entry.zone, now);
    const other = holding.get(entry.component);
    if (since !== undefined && (!other || since >= other.since)) {
      holding.delete(entry.component);
      holding.set(entry.component, { entry, since });
    }
  }
  return [...holding.values()];
}

/** The variable of the whole app that has its schedule. */
export const scheduleKey = 'SKILLS_SCALE';

/** The spec with its schedule, for a platform that applies it. */
export function withSchedule(spec: AppSpec, schedule: readonly ScheduledSize[] | undefined): AppSpec {
  return withOwnVariable(spec, scheduleKey, schedule, innerScope(spec));
}

/** Undefined for an app without one, or with one that cannot be read. */
export function scheduleOf(spec: AppSpec): ScheduledSize[] | undefined {
  return scaleScheduleSchema.safeParse(ownVariable(spec, scheduleKey)).data;
}
