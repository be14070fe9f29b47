import * as z from 'zod';
import { healthTimeout, platformOptions } from '../runs/options.js';

export const healthcheckOptions = z
  .strictObject({ ...platformOptions, timeout: healthTimeout })
  .meta({ description: 'Asks the live skill for its health, until it answers 200 or the time is up.' });

export type HealthcheckOptions = z.infer<typeof healthcheckOptions>;
