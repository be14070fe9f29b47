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
    carry: z
      .array(z.string().min(1))
      .optional()
      .meta({
        description:
          'Files that git ignores and that a worktree gets from the main checkout, by patterns as in .gitignore. Default: those of .worktreeinclude; where there is none, .env*.',
        examples: [['.env*', 'config/local.json']],
      }),
    postCreate: z
      .array(z.string())
      .optional()
      .meta({
        description:
          'A command and its arguments, run once in each new worktree; again the next time where it has failed.',
        examples: [['npm', 'run', 'setup']],
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
