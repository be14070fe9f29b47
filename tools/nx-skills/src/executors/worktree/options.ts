import * as z from 'zod';

export const worktreeOptions = z
  .strictObject({
    baseFolder: z.string().min(1).optional().meta({
      description:
        'Folder that the worktrees are made in, from the main checkout. Default: ../<workspace>-worktrees, beside it.',
    }),
    sparse: z.boolean().default(false).meta({
      description: 'Check out the skill, what it depends on, and the files at the root; nothing else.',
    }),
    list: z.boolean().default(false).meta({
      description: 'Show branch, path, and what is not merged or not committed. Changes nothing.',
    }),
    remove: z.boolean().default(false).meta({
      description: 'Remove the worktrees and branches that are merged and clean.',
    }),
  })
  .meta({ description: 'Gives the skill a worktree of its own, on its branch skill/<name>.' });

export type WorktreeOptions = z.infer<typeof worktreeOptions>;

/** @throws for options that contradict each other */
export function checkTogether(options: WorktreeOptions): void {
  const [one, other] = (['list', 'remove', 'sparse'] as const).filter((option) => options[option]);
  if (other) throw new Error(`--${one} and --${other} contradict each other. Choose one.`);
}
