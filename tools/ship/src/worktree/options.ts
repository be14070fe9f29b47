import * as z from 'zod';
import { flag } from '../runs/options.js';

export const worktreeOptions = z
  .strictObject({
    baseFolder: z.string().min(1).optional().meta({
      description:
        'Folder for the worktrees, relative to the main checkout. Default: ../<workspace>-worktrees.',
    }),
    sparse: flag('Check out only the skill, its dependencies, and the files at the root.'),
    carry: z
      .array(z.string().min(1))
      .optional()
      .meta({
        description:
          'Git-ignored files to copy from the main checkout, as patterns like those of .gitignore. Default: .worktreeinclude, or else .env*.',
        examples: [['.env*', 'config/local.json']],
      }),
    postCreate: z
      .array(z.string())
      .optional()
      .meta({
        description:
          'A command and its arguments, run once in each new worktree, and again next time if it failed.',
        examples: [['npm', 'run', 'setup']],
      }),
    list: flag('Show branch, path, unmerged commits and uncommitted changes. Changes nothing.'),
    remove: flag('Remove the worktrees and branches that are merged and clean.'),
  })
  .meta({ description: 'Creates the worktree of the skill, on its branch skill/<name>.' });

export type WorktreeOptions = z.infer<typeof worktreeOptions>;

/** @throws for options that contradict each other */
export function checkTogether(options: WorktreeOptions): void {
  const [one, other] = (['list', 'remove', 'sparse'] as const).filter((option) => options[option]);
  if (other) throw new Error(`--${one} and --${other} contradict each other. Choose one.`);
}
