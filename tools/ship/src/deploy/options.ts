import * as z from 'zod';
import { appOptions, flag, imageOptions } from '../runs/options.js';

export const deployOptions = z
  .strictObject({
    ...appOptions,
    ...imageOptions,
    timeout: z.int().min(1).max(86_400).default(900).meta({
      description:
        'Seconds after which a deployment that is still in progress counts as failed. The live service has the same time to become healthy, at most a minute.',
    }),
    preview: z.int().min(1).max(9_999_999).optional().meta({
      description:
        'The number of a pull request: deploys an app of its own next to each skill, <skill>-pr-<number>. Deleted by: npx nx-skills previews --delete.',
    }),
    worktrees: flag('Ship each skill from the worktree of its branch skill/<name>, not from this checkout.'),
    adopt: flag(
      'Take over an app of that name that this repository did not create, and keep what the App Spec does not mention.',
    ),
    prune: flag(
      'Remove secrets that were set on the platform and are not in the App Spec, and what --adopt has kept.',
    ),
    allowOlder: flag(
      'Replace the live version even if the shipped one does not contain it: an older commit, or another branch. Changes that only the live version has are lost.',
    ),
    dirty: flag(
      'With production: ship uncommitted changes of skills that are shipped as artefacts or images. The local platform always does.',
    ),
    smokeTest: flag('Run the smoke test on the new version when it is live; if it fails, it is rolled back.'),
    leaveWaiting: flag(
      'Succeed where a rollout waits for an approval: it stays under way. Without this option that is a failure.',
    ),
    maxAtOnce: z.int().min(1).max(1_000).optional().meta({
      description: 'At most so many deployments in progress at once. Default: all of a wave.',
    }),
    maxFailed: z.int().min(0).max(100).optional().meta({
      description:
        'The percentage of a wave that may fail: the next wave begins all the same. If more fail, nothing else is begun. Default: a failure stops the later waves of its skill only.',
    }),
    rollbackWave: flag(
      'If a placement of a wave fails, also roll back those of its wave that this run has changed. Without this option they stay live.',
    ),
    despiteFreeze: flag('Deploy although the environment is frozen (npx nx-skills freeze); recorded.'),
    retry: flag('Ship a version even if it was rolled back. Without this option such a version is held.'),
  })
  .meta({
    description:
      'Makes the app match its App Spec and artefact: one API call if anything differs, then waits until the deployment finishes.',
  });

export type DeployOptions = z.infer<typeof deployOptions> & {
  /** Of a promotion: the environment that its artefacts are live in. */
  from?: string;
};
