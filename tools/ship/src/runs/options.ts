import { checkAgainst } from '@odoobo/app-platform/spec';
import { runner } from '@odoobo/machine/package-manager';
import * as z from 'zod';
import { placementName } from '../placement/environment.js';

/** An option that is off unless it is given. */
export function flag(description: string) {
  return z.boolean().default(false).meta({ description });
}

/** The options of every target that connects to a platform. */
export const platformOptions = {
  environment: z
    .string()
    .regex(placementName, 'expected "local", "production" or an environment of a placements.yaml')
    .default('local')
    .meta({
      description:
        'The platform: local (on this machine) or production (App Platform), or an environment of placements.yaml, on App Platform too. A token in the environment alone never ships there.',
    }),
  platformUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({
      description:
        'With production: another endpoint with the API of App Platform. Default: DIGITALOCEAN_API_URL of the environment.',
    }),
};

/** The options of every target that is about apps. */
export const appOptions = {
  ...platformOptions,
  placements: z.string().optional().meta({
    description: 'Only these placements, separated by commas: eu,us. Default: all of the environment.',
  }),
  tenants: z.string().optional().meta({
    description:
      'Only the placements of these tenants, separated by commas; or @ and a file with one on each line: @tenants.txt. Default: all.',
  }),
};

/** Base image and registry in production; used if an App Spec names an image. */
export const imageOptions = {
  baseImage: z.string().optional().meta({
    description:
      'With production: the base image of artefacts, for App Specs that name images; pinned: node:20-slim@sha256:...',
  }),
  registry: z.string().optional().meta({
    description:
      'With production: the DOCR registry, for App Specs that use one: registry.digitalocean.com/<name>',
  }),
};

/** The longest time for a skill to become healthy. */
export const healthTimeout = z
  .int()
  .min(1)
  .max(3_600)
  .default(30)
  .meta({ description: 'Seconds to wait for a skill to become healthy.' });

export const noOptions = z.strictObject({}).meta({ description: 'Takes no options.' });

/** Checks the options of a task. Nx checks types, but neither ranges nor formats. @throws with every option that is wrong */
export function parseOptions<T>(schema: z.ZodType<T>, options: unknown, task: string): T {
  const check = checkAgainst(schema, options);
  if (check.ok) return check.value;
  const lines = check.issues.map(({ path, message }) => `  --${path}: ${message}`);
  throw new Error(
    `The options of ${task} are wrong:\n${lines.join('\n')}\nSee: ${runner} nx run ${task} --help`,
  );
}
