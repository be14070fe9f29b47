import * as z from 'zod';
import { appOptions, flag } from '../runs/options.js';

export const monitorOptions = z
  .strictObject({
    ...appOptions,
    interval: z.int().min(1).max(3_600).default(10).meta({ description: 'Seconds between checks.' }),
    once: flag('Check once; fails if a skill is unhealthy or its last deployment failed.'),
    json: flag(
      'Print one JSON document per check, each on its own line, instead of a table. For jq, without the lines that Nx adds: npx nx-skills monitor --json',
    ),
  })
  .meta({ description: 'Shows the live state of all skills: phase, health, version, URL, last events.' });

export type MonitorOptions = z.infer<typeof monitorOptions>;
