import { sizeFields, sizeProblem } from '@odoobo/app-platform/versions';
import * as z from 'zod';
import { appOptions, flag } from '../runs/options.js';
import { changeTimeout } from './timeout.js';

export const scaleOptions = z
  .strictObject({
    ...appOptions,
    ...sizeFields,
    scheduled: flag(
      'The sizes that hold now by the schedules in the manifests; skills without one are not changed.',
    ),
    timeout: changeTimeout,
  })
  .meta({ description: 'Changes how many instances are live, or their size, without a build.' });

export type ScaleOptions = z.infer<typeof scaleOptions>;

/** @throws for options that contradict each other, or say nothing */
export function checkSize(options: ScaleOptions): void {
  const { scheduled, instances, size, min, max, component } = options;
  const given = [instances, size, min, max, component].some((one) => one !== undefined);
  if (scheduled && given)
    throw new Error('--scheduled takes the sizes from the manifests: name no size beside it.');
  const problem = scheduled ? undefined : sizeProblem(options);
  if (problem !== undefined)
    throw new Error(`${problem}. Such as --instances=3, --size=apps-s-1vcpu-1gb, or --min=1 --max=4.`);
}
