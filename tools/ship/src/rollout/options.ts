import * as z from 'zod';
import { flag, imageOptions, platformOptions } from '../runs/options.js';

export const rolloutOptions = z
  .strictObject({
    ...platformOptions,
    ...imageOptions,
    promote: flag('Give the new version to all users now, whatever the steps say.'),
    abort: flag('Take the new version from all users, and remove what the rollout has added.'),
    hold: flag('Stay at this step until told otherwise; a version that is worse is still taken out.'),
    goOn: flag('End a hold.'),
    approve: flag('Approve the step that waits for it.'),
    because: z.string().min(1).optional().meta({ description: 'Why, for the log of the rollout.' }),
    timeout: z.int().min(1).max(86_400).default(900).meta({
      description: 'Seconds after which a deployment that is still in progress counts as failed.',
    }),
  })
  .meta({ description: 'Shows how far a rollout is. With an option: steers it.' });

export type RolloutOptions = z.infer<typeof rolloutOptions>;

const orders = ['promote', 'abort', 'hold', 'goOn', 'approve'] as const;

/** What is to be done; undefined to show the rollout. @throws for options that contradict each other */
export function orderOf(options: RolloutOptions): (typeof orders)[number] | undefined {
  const [order, other] = orders.filter((one) => options[one]);
  if (other) throw new Error(`--${order} and --${other} contradict each other. Choose one.`);
  return order;
}
