import * as z from 'zod';
import { platformOptions } from '../options.js';

/** How long a skill may take to become healthy. */
export const healthTimeout = z
  .int()
  .min(1)
  .max(3_600)
  .default(30)
  .meta({ description: 'Seconds until a skill that is not healthy counts as unhealthy.' });

export const healthcheckOptions = z
  .strictObject({ ...platformOptions, timeout: healthTimeout })
  .meta({ description: 'Asks the live skill for its health, until it answers 200 or the time is up.' });

export type HealthcheckOptions = z.infer<typeof healthcheckOptions>;
