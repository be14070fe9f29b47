import { isDeepStrictEqual } from 'node:util';
import { type AppSpec, withDefaults } from '../spec/index.js';
import { type Mark, markOf, type Size } from './mark.js';

/** What `scale` has set in an app, by component. */
export type Scaled = NonNullable<Mark['scaled']>;

/** The components that have instances of their own all the time, by name, with their sizes. */
export function sizesIn(spec: AppSpec): Map<string, Size> {
  const { services = [], workers = [] } = withDefaults(spec);
  return new Map(
    [...services, ...workers].map(({ name, instance_count, instance_size_slug, autoscaling }) => [
      name,
      defined({ instance_count, instance_size_slug, autoscaling }),
    ]),
  );
}

/** The spec with other sizes of some components. */
export function withSizes(spec: AppSpec, sizes: ReadonlyMap<string, Size>): AppSpec {
  const resized = <T extends { name: string }>(components: readonly T[]): T[] =>
    components.map((component) => {
      const size = sizes.get(component.name);
      if (!size) return component;
      const {
        instance_count: _count,
        instance_size_slug: _slug,
        autoscaling: _auto,
        ...rest
      } = component as T & Size;
      return { ...(rest as unknown as T), ...size };
    });
  return {
    ...spec,
    ...(spec.services && { services: resized(spec.services) }),
    ...(spec.workers && { workers: resized(spec.workers) }),
  };
}

/** A spec as its App Spec had it: without what `scale` has set. */
export function unscaled(spec: AppSpec): AppSpec {
  const { scaled = {}, archived = false } = markOf(spec) ?? {};
  const awake = archived ? withArchive(spec, false) : spec;
  const sizes = Object.entries(scaled);
  return sizes.length === 0
    ? awake
    : withSizes(awake, new Map(sizes.map(([name, { over }]) => [name, over])));
}

/** The spec, archived or not; the rest of its `maintenance` stays. */
export function withArchive({ maintenance = {}, ...spec }: AppSpec, archive: boolean): AppSpec {
  const { archive: _before, ...rest } = maintenance;
  const wanted = { ...rest, ...(archive && { archive }) };
  return Object.keys(wanted).length === 0 ? spec : { ...spec, maintenance: wanted };
}

export interface KeptSizes {
  spec: AppSpec;
  scaled: Scaled;
  /** In words. */
  keeps: string[];
}

/**
 * The wanted spec with the sizes that `scale` has set, of those components whose size in the App Spec is the same as then: who
 * changes it there wants it.
 */
export function keepSizes(wanted: AppSpec, live: AppSpec | undefined): KeptSizes {
  const sizes = sizesIn(wanted);
  const kept = Object.entries(markOf(live)?.scaled ?? {}).filter(([name, { to, over }]) => {
    const size = sizes.get(name);
    return isDeepStrictEqual(size, over) && !isDeepStrictEqual(size, to);
  });
  return {
    spec: kept.length === 0 ? wanted : withSizes(wanted, new Map(kept.map(([name, { to }]) => [name, to]))),
    scaled: Object.fromEntries(kept),
    keeps: kept.map(
      ([name, { to, over }]) =>
        `${describeSize(to)} of ${name}, set by scale (App Spec: ${describeSize(over)})`,
    ),
  };
}

/** The fewest and the most instances that a size allows; both are the same without autoscaling. */
export function instanceRange({ instance_count: count = 1, autoscaling }: Size): {
  least: number;
  most: number;
} {
  const { min_instance_count: least = count, max_instance_count: most = count } = (autoscaling ??
    {}) as Record<string, number | undefined>;
  return { least, most };
}

/** In words: `3 x apps-s-1vcpu-1gb`. */
export function describeSize(size: Size): string {
  const { least, most } = instanceRange(size);
  const count = size.autoscaling === undefined ? String(least) : `${least} to ${most}`;
  return `${count} x ${size.instance_size_slug ?? ''}`;
}

function defined(size: Size): Size {
  return Object.fromEntries(Object.entries(size).filter(([, value]) => value !== undefined));
}
