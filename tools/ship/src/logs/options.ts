import * as z from 'zod';
import { appOptions,flag } from '../runs/options.js';

export const logsOptions = z
  .strictObject({
    ...appOptions,
    type: z.enum(['build', 'deploy', 'run', 'restarted']).default('run').meta({
      description: 'Which log; "restarted" is the output of processes that ended and were restarted.',
    }),
    tail: z.int().min(1).max(10_000).default(100).meta({ description: 'Number of lines, from the end.' }),
    follow: flag(
      'Show new lines as they come, until the log ends; the run log continues across deployments and restarts, until the app is deleted.',
    ),
    raw: flag(
      'Keep control sequences, such as colours. Your terminal obeys them: use it only for logs that you trust.',
    ),
    deployment: z
      .string()
      .optional()
      .meta({ description: 'Id of a deployment. Default: the live one, or else the newest.' }),
  })
  .meta({ description: 'Shows the logs of a skill.' });

export type LogsOptions = z.infer<typeof logsOptions>;
