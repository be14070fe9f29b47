import { runner } from '@odoobo/machine/package-manager';
import { resolve } from 'node:path';
import * as z from 'zod';
import { appOptions, flag, imageOptions } from '../runs/options.js';

export const planOptions = z
  .strictObject({
    ...appOptions,
    ...imageOptions,
    failOnChange: flag(
      'Fail for each skill that a deploy would create or update. To distinguish that from an error: npx nx-skills plan --fail-on-change exits with 2.',
    ),
    sinceDeployed: flag(
      'Also show what commits have changed since each skill was last live and verified (refs/deployed).',
    ),
    // Nx reads an option without a value as true.
    json: z.union([z.string(), z.boolean()]).optional().meta({
      description:
        'Also write the plan of all skills of the run to this file, as JSON. To print it: npx nx-skills plan --json',
    }),
  })
  .meta({ description: 'Shows what deploy would do, and what it would cost; writes nothing.' });

export type PlanOptions = z.infer<typeof planOptions>;

/**
 * The file for the plan as JSON. Relative to the user's current folder, not to the root of the workspace.
 * @throws when it is not named
 */
export function jsonFile({ json }: PlanOptions, folder: string): string | undefined {
  if (json === undefined || json === false) return undefined;
  if (json === true || json === '')
    throw new Error(
      `--json needs a file: --json=plan.json. To print the plan: ${runner} nx-skills plan --json`,
    );
  return resolve(folder, json);
}
