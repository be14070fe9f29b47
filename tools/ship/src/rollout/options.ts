import { resolve } from 'node:path';
import * as z from 'zod';
import { appOptions, flag, imageOptions } from '../runs/options.js';

export const rolloutOptions = z
  .strictObject({
    ...appOptions,
    ...imageOptions,
    promote: flag('Give the new version to all users now, whatever the steps say.'),
    abort: flag('Take the new version from all users, and remove what the rollout has added.'),
    hold: flag('Stay at this step until told otherwise; a version that is worse is still taken out.'),
    goOn: flag('End a hold.'),
    approve: flag('Approve the step that waits for it.'),
    recorded: flag(
      'Steer only the rollout that the records of this workspace name, not one that has replaced it: for pipelines.',
    ),
    because: z.string().min(1).optional().meta({ description: 'Why, for the log of the rollout.' }),
    // Nx reads an option without a value as true.
    report: z.union([z.string(), z.boolean()]).optional().meta({
      description:
        'Also compare both versions: failures, times, outcomes, answers to copies of requests. With a file, it is written there: as a page with charts (.html) or as JSON (.json).',
    }),
    timeout: z.int().min(1).max(86_400).default(900).meta({
      description: 'Seconds after which a deployment that is still in progress counts as failed.',
    }),
  })
  .meta({ description: 'Shows how far a rollout is. With an option: steers it.' });

export type RolloutOptions = z.infer<typeof rolloutOptions>;

const orders = ['promote', 'abort', 'hold', 'goOn', 'approve'] as const;

/**
 * The file for the report. Relative to the user's current folder, not to the root of the workspace.
 * @throws for a file of another kind, and for one file about several skills
 */
export function reportFile(
  { report }: Pick<RolloutOptions, 'report'>,
  folder: string,
  skills: readonly string[],
): string | undefined {
  if (typeof report !== 'string' || report === '') return undefined;
  if (!/\.(html|json)$/.test(report))
    throw new Error(`--report=${report}: expected a name that ends in .html or .json.`);
  if (skills.length !== 1)
    throw new Error(`--report=${report} is about one skill, not ${skills.length}. Name the skill.`);
  return resolve(folder, report);
}

/** What is to be done; undefined to show the rollout. @throws for options that contradict each other */
export function orderOf(options: RolloutOptions): (typeof orders)[number] | undefined {
  const [order, other] = orders.filter((one) => options[one]);
  if (other) throw new Error(`--${order} and --${other} contradict each other. Choose one.`);
  return order;
}
