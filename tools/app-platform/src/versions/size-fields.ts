import * as z from 'zod';

const count = z.int().min(1).max(250);

/** The size of a component, as options and manifests name it. */
export const sizeFields = {
  instances: count.optional().meta({ description: 'So many instances, without autoscaling.' }),
  size: z.string().min(1).optional().meta({
    description: 'The size of each instance, by its slug: apps-s-1vcpu-1gb.',
  }),
  min: count.optional().meta({ description: 'Autoscaling: at least so many instances.' }),
  max: count.optional().meta({ description: 'Autoscaling: at most so many instances.' }),
  component: z.string().min(1).optional().meta({
    description: 'The service or worker of the App Spec to scale, by name. Default: the only one.',
  }),
};

export interface GivenSize {
  instances?: number | undefined;
  size?: string | undefined;
  min?: number | undefined;
  max?: number | undefined;
}

/** Whether it says anything about a size. */
export function namesSize({ instances, size, min, max }: GivenSize): boolean {
  return [instances, size, min, max].some((one) => one !== undefined);
}

/** What is wrong with a size; undefined if nothing is. */
export function sizeProblem(given: GivenSize): string | undefined {
  const { instances, min, max } = given;
  if (instances !== undefined && (min !== undefined || max !== undefined))
    return 'instances and min or max contradict each other: choose a number, or autoscaling';
  if (min !== undefined && max !== undefined && min > max) return `min ${min} is more than max ${max}`;
  return namesSize(given) ? undefined : 'expected a size: instances, size, or min and max';
}
