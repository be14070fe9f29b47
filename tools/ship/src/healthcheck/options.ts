import * as z from 'zod';
import { appOptions, healthTimeout } from '../runs/options.js';

export const healthcheckOptions = z
  .strictObject({ ...appOptions, timeout: healthTimeout })
  .meta({ description: 'Checks the health of the live skill until it answers 200 or the timeout passes.' });

export type HealthcheckOptions = z.infer<typeof healthcheckOptions>;
