import * as z from 'zod';
import { platformOptions } from '../options.js';

export const deployOptions = z
  .strictObject({
    ...platformOptions,
    timeout: z
      .int()
      .min(1)
      .max(86_400)
      .default(900)
      .meta({ description: 'Seconds until a deployment that is still under way counts as failed.' }),
  })
  .meta({ description: 'Converges the app with its App Spec and artefact.' });

export type DeployOptions = z.infer<typeof deployOptions>;
