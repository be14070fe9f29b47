import * as z from 'zod';
import { appOptions, healthTimeout } from '../runs/options.js';

export const smokeTestOptions = z
  .strictObject({
    ...appOptions,
    timeout: healthTimeout,
    maxResponseMs: z
      .int()
      .min(1)
      .max(60_000)
      .default(5_000)
      .meta({ description: 'Longest allowed response time of the health path, in milliseconds.' }),
  })
  .meta({ description: 'Tests the live skill: health, response time, metadata, errors, documentation.' });

export type SmokeTestOptions = z.infer<typeof smokeTestOptions>;
