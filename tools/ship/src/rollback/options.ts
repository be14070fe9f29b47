import * as z from 'zod';
import { appOptions, flag } from '../runs/options.js';

export const rollbackOptions = z
  .strictObject({
    ...appOptions,
    to: z.string().min(1).optional().meta({
      description:
        'The deployment to restore, by its id. Default: the previous good deployment; never one that was rolled back from.',
    }),
    pin: flag('Leave the app pinned: nothing deploys until the rollback is committed or reverted.'),
    commit: flag('Keep a rollback that has left the app pinned: deployments work again.'),
    revert: flag('Undo a rollback that has left the app pinned: the version before it goes live again.'),
    failed: flag('Only skills whose last deployment failed; the others are not changed.'),
    deleteIfFirst: flag('Delete the app of a skill that was never live.'),
    timeout: z.int().min(1).max(86_400).default(900).meta({
      description: 'Seconds after which a rollback that is still in progress counts as failed.',
    }),
  })
  .meta({ description: 'Restores the previous good deployment.' });

export type RollbackOptions = z.infer<typeof rollbackOptions>;

const ways = ['to', 'pin', 'commit', 'revert', 'failed', 'deleteIfFirst'] as const;
const togetherWith: Record<string, readonly string[]> = {
  to: ['pin'],
  pin: ['to'],
  failed: ['deleteIfFirst'],
  deleteIfFirst: ['failed'],
};

/** @throws for options that contradict each other */
export function checkTogether(options: RollbackOptions): void {
  const given = ways.filter((way) => options[way] !== undefined && options[way] !== false);
  for (const one of given) {
    const other = given.find((way) => way !== one && !togetherWith[one]?.includes(way));
    if (other) throw new Error(`--${one} and --${other} contradict each other. Choose one.`);
  }
}
