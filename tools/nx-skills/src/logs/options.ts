import * as z from 'zod';
import { platformOptions } from '../runs/options.js';

export const logsOptions = z
  .strictObject({
    ...platformOptions,
    type: z.enum(['build', 'deploy', 'run', 'restarted']).default('run').meta({
      description: 'Which log; "restarted" is what processes printed that ended and were started again.',
    }),
    tail: z.int().min(1).max(10_000).default(100).meta({ description: 'How many lines, from the end.' }),
    follow: z.boolean().default(false).meta({
      description:
        'Show new lines as they come, until it ends; of the run log, over deployments and restarts, until the app is deleted.',
    }),
    raw: z.boolean().default(false).meta({
      description: 'Keep control sequences, such as colours: they can do more to a terminal than show a text.',
    }),
    deployment: z
      .string()
      .optional()
      .meta({ description: 'Id of a deployment; the default is the one that is live, or else the newest.' }),
  })
  .meta({ description: 'Shows the logs of a skill.' });

export type LogsOptions = z.infer<typeof logsOptions>;
