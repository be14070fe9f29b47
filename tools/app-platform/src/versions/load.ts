import * as z from 'zod';
import { isInternal } from '../spec/defaults.js';
import { type AppSpec, defaultInstanceSizeSlug, instanceSizes, instanceSizeSlugs } from '../spec/index.js';
import { instanceRange, sizesIn } from './size.js';

/** Requests a second. */
const rate = z.number().positive().max(1_000_000);

/** What an app must serve, as a manifest says it. */
export const loadSchema = z.strictObject({
  requestsPerSecond: rate.optional().meta({
    description: 'The most requests a second that each of its apps must serve; a placement can name its own.',
  }),
  perInstance: z.partialRecord(z.enum(instanceSizeSlugs), rate).meta({
    description: 'How many requests a second one instance serves, as you have measured it, by size.',
    examples: [{ 'apps-s-1vcpu-1gb': 50 }],
  }),
  component: z.string().min(1).optional().meta({
    description:
      'The service of the App Spec that takes these requests, by name. Default: the only one that takes any.',
  }),
});

export type Load = z.infer<typeof loadSchema>;

/** How many instances a service needs for a rate of requests, and how many it has. */
export const neededInstancesSchema = z.object({
  service: z.string(),
  requestsPerSecond: z.number(),
  size: z.string(),
  /** Undefined if no rate was measured with an instance of that size. */
  needed: z.int().optional(),
  /** Of those that are needed, US dollars a month; undefined if the price of the size is not known. */
  cost: z.number().optional(),
  /** In the App Spec. Both are the same without autoscaling. */
  least: z.int(),
  most: z.int(),
  /** More than one instance of that size are refused. */
  isSingle: z.boolean(),
});

export type NeededInstances = z.infer<typeof neededInstancesSchema>;

/**
 * Compares what an app must serve with the instances in its spec.
 * @returns undefined where no rate is wished, or the service is not there (`loadProblem`)
 */
export function neededInstances(spec: AppSpec, load: Load): NeededInstances | undefined {
  const { requestsPerSecond, perInstance } = load;
  const service = serviceOf(spec, load);
  if (requestsPerSecond === undefined || service === undefined) return undefined;
  const has = sizesIn(spec).get(service) ?? {};
  const { instance_size_slug: size = defaultInstanceSizeSlug } = has;
  const { usdPerMonth, singleInstanceOnly = false } = instanceSizes.find(({ slug }) => slug === size) ?? {};
  const each = perInstance[size];
  const needed = each === undefined ? undefined : Math.ceil(requestsPerSecond / each);
  return {
    service,
    requestsPerSecond,
    size,
    ...(needed !== undefined && { needed }),
    ...(needed !== undefined && usdPerMonth !== undefined && { cost: needed * usdPerMonth }),
    ...instanceRange(has),
    isSingle: singleInstanceOnly,
  };
}

/** Why a load is about no service of a spec; undefined if it is about one. */
export function loadProblem(spec: AppSpec, load: Load): string | undefined {
  if (serviceOf(spec, load) !== undefined) return undefined;
  const names = (spec.services ?? []).map(({ name }) => `"${name}"`).join(', ');
  return load.component === undefined
    ? `expected the service that takes these requests, one of ${names}`
    : `there is no service "${load.component}" in the App Spec, but ${names}`;
}

function serviceOf({ services = [] }: AppSpec, { component }: Load): string | undefined {
  if (component !== undefined) return services.find(({ name }) => name === component)?.name;
  const [only, ...others] = services.filter((service) => !isInternal(service));
  return others.length === 0 ? only?.name : undefined;
}
