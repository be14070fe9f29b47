import * as z from 'zod';
import { appOptions } from '../runs/options.js';
import { changeTimeout } from './timeout.js';

const count = z.int().min(1).max(250);

export const scaleOptions = z
  .strictObject({
    ...appOptions,
    instances: count.optional().meta({ description: 'So many instances, without autoscaling.' }),
    size: z.string().min(1).optional().meta({
      description: 'The size of each instance, by its slug: apps-s-1vcpu-1gb.',
    }),
    min: count.optional().meta({ description: 'Autoscaling: at least so many instances.' }),
    max: count.optional().meta({ description: 'Autoscaling: at most so many instances.' }),
    component: z.string().min(1).optional().meta({
      description: 'The service or worker of the App Spec to scale, by name. Default: the only one.',
    }),
    timeout: changeTimeout,
  })
  .meta({ description: 'Changes how many instances are live, or their size, without a build.' });

export type ScaleOptions = z.infer<typeof scaleOptions>;

/** @throws for options that contradict each other, or say nothing */
export function checkSize({ instances, size, min, max }: ScaleOptions): void {
  if (instances !== undefined && (min !== undefined || max !== undefined))
    throw new Error('--instances and --min or --max contradict each other. Choose a number, or autoscaling.');
  if (min !== undefined && max !== undefined && min > max)
    throw new Error(`--min=${min} is more than --max=${max}.`);
  if ([instances, size, min, max].every((one) => one === undefined))
    throw new Error('scale needs the new size: --instances=3, --size=apps-s-1vcpu-1gb, or --min=1 --max=4.');
}
