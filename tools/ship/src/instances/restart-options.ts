import * as z from 'zod';
import { appOptions } from '../runs/options.js';
import { changeTimeout } from './timeout.js';

export const restartOptions = z
  .strictObject({
    ...appOptions,
    component: z.string().min(1).optional().meta({
      description: 'The component of the App Spec to restart, by name. Default: all of the app.',
    }),
    timeout: changeTimeout,
  })
  .meta({ description: 'Starts the instances of what is live anew, without a build.' });

export type RestartOptions = z.infer<typeof restartOptions>;
