import { checkAgainst } from '@odoobo/app-platform/spec';
import * as z from 'zod';

/** Options that every target which talks to a platform takes. */
export const platformOptions = {
  environment: z.enum(['local', 'production']).default('local').meta({
    description:
      'Where: the local platform of this machine, or App Platform. A token in the environment alone never ships to production.',
  }),
  platformUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({
      description:
        'With production: another endpoint that speaks the API of App Platform. Else that of DIGITALOCEAN_API_URL in the environment.',
    }),
};

/** Where images of production come from and go to; of use where an App Spec names an image. */
export const imageOptions = {
  baseImage: z.string().optional().meta({
    description:
      'With production: the image that artefacts are put on, where App Specs name images; pinned: node:20-slim@sha256:...',
  }),
  registry: z.string().optional().meta({
    description:
      'With production: the DOCR registry of App Specs that name one: registry.digitalocean.com/<name>',
  }),
};

/** How long a skill may take to become healthy. */
export const healthTimeout = z
  .int()
  .min(1)
  .max(3_600)
  .default(30)
  .meta({ description: 'Seconds until a skill that is not healthy counts as unhealthy.' });

export const noOptions = z.strictObject({}).meta({ description: 'Takes no options.' });

/**
 * Checks the options of a task. Nx checks types, but neither ranges nor formats.
 *
 * @throws with every option that is wrong
 */
export function parseOptions<T>(schema: z.ZodType<T>, options: unknown, task: string): T {
  const check = checkAgainst(schema, options);
  if (check.ok) return check.value;
  const lines = check.issues.map(({ path, message }) => `  --${path}: ${message}`);
  throw new Error(`The options of ${task} are wrong:\n${lines.join('\n')}\nSee: npx nx run ${task} --help`);
}
