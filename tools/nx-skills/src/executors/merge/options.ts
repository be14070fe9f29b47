import * as z from 'zod';
import { platformOptions } from '../options.js';

export const mergeOptions = z
  .strictObject({
    ...platformOptions,
    check: z.boolean().default(false).meta({
      description:
        'First run the tests of all projects that the merges affect, on the result of all of them together; what breaks them does not land.',
    }),
    skipVerify: z.boolean().default(false).meta({
      description: 'Merge without asking what is live. The message of the merge says so.',
    }),
    cleanup: z.boolean().default(false).meta({
      description: 'Remove the worktree and the branch of what is merged.',
    }),
  })
  .meta({
    description: 'Lands the branch of the skill, if its head is what is live, healthy and smoke-tested.',
  });

export type MergeOptions = z.infer<typeof mergeOptions>;
