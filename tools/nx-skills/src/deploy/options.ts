import * as z from 'zod';
import { imageOptions, platformOptions } from '../runs/options.js';

export const deployOptions = z
  .strictObject({
    ...platformOptions,
    ...imageOptions,
    timeout: z.int().min(1).max(86_400).default(900).meta({
      description:
        'Seconds until a deployment that is still under way counts as failed. What is live has as long to be healthy, a minute at most.',
    }),
    preview: z.int().min(1).max(9_999_999).optional().meta({
      description:
        'The number of a pull request: deploys an app of its own next to each skill, <skill>-pr-<number>. Deleted by: npx nx-skills previews --delete.',
    }),
    worktrees: z.boolean().default(false).meta({
      description: 'Ship each skill from the worktree of its branch skill/<name>, not from this checkout.',
    }),
    adopt: z.boolean().default(false).meta({
      description:
        'Take over an app of that name that was not made from here, and keep what the App Spec does not speak of.',
    }),
    prune: z.boolean().default(false).meta({
      description:
        'Let go of secrets that somebody has set on the platform and that the App Spec does not have, and of what --adopt has kept.',
    }),
    allowOlder: z.boolean().default(false).meta({
      description:
        'Replace what is live also where what is shipped does not contain it: an older commit, or another branch. What only the live version has is lost.',
    }),
    dirty: z.boolean().default(false).meta({
      description:
        'With production: ship skills with uncommitted changes, where artefacts or images are shipped. The local platform takes them without it.',
    }),
    smokeTest: z.boolean().default(false).meta({
      description: 'Test what has gone live as smoke-test does; a version that fails is rolled back.',
    }),
    retry: z.boolean().default(false).meta({
      description: 'Ship a version also where it was rolled back from. Without it such a version is held.',
    }),
  })
  .meta({
    description:
      'Makes the app what its App Spec and artefact say: one API call if anything differs, then wait until the deployment finishes.',
  });

export type DeployOptions = z.infer<typeof deployOptions>;
