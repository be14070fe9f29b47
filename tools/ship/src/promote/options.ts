import * as z from 'zod';
import { deployOptions } from '../deploy/options.js';
import { placementName } from '../placement/environment.js';

function environment(description: string) {
  return z
    .string()
    .regex(placementName, 'expected "production" or an environment of a placements.yaml')
    .meta({ description });
}

export const promoteOptions = deployOptions
  .omit({ environment: true, preview: true, worktrees: true, dirty: true })
  .extend({
    from: environment('The environment whose live and verified artefact is taken, such as staging.'),
    to: environment('The environment that gets it, such as production.'),
  })
  .meta({
    description:
      'Deploys the very image that is live and verified in one environment to another one, without a build: with the App Spec of this checkout, by one API call.',
  });

export type PromoteOptions = z.infer<typeof promoteOptions>;

/** @throws for environments between which nothing can be promoted */
export function checkEnvironments({ from, to }: Pick<PromoteOptions, 'from' | 'to'>): void {
  if (from === to) throw new Error(`--from and --to are both ${to}. Name two environments.`);
  if (from === 'local')
    throw new Error(
      `The artefacts of the local platform are in no registry that ${to} can read. Deploy there instead: -c ${to}`,
    );
  if (to === 'local')
    throw new Error('The local platform runs what is built on this machine: deploy there instead.');
}
