import * as z from 'zod';
import { platformOptions } from '../runs/options.js';

export const monitorOptions = z
  .strictObject({
    ...platformOptions,
    interval: z
      .int()
      .min(1)
      .max(3_600)
      .default(10)
      .meta({ description: 'Seconds from one look to the next.' }),
    once: z
      .boolean()
      .default(false)
      .meta({ description: 'Look once; fails when anything is unhealthy or its last deployment failed.' }),
    json: z.boolean().default(false).meta({
      description:
        'A JSON document a look, on a line of its own, in place of a table. For jq, without the lines that Nx adds: npx nx-skills monitor --json',
    }),
  })
  .meta({ description: 'Shows where all skills stand, live: phase, health, version, URL, last events.' });

export type MonitorOptions = z.infer<typeof monitorOptions>;
