import * as z from 'zod';
import { appOptions, flag } from '../runs/options.js';

export const mergeOptions = z
  .strictObject({
    ...appOptions,
    check: flag(
      'First run the tests of all projects that the merges affect, on the combined result; a branch that breaks them is not merged.',
    ),
    skipVerify: flag('Merge without checking what is live. The merge message says so.'),
    push: z.boolean().default(true).meta({
      description:
        'Push the default branch to origin. --no-push merges into the default branch of this clone only, and contacts no remote.',
    }),
    cleanup: flag('Remove the worktree and the branch of each merged skill.'),
  })
  .meta({
    description:
      'Merges the branch of the skill into the default branch, if its head is live, healthy and smoke-tested, and pushes the default branch to origin.',
  });

export type MergeOptions = z.infer<typeof mergeOptions>;
