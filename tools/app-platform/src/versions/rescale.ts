import { isDeepStrictEqual } from 'node:util';
import type { AppSpec } from '../spec/index.js';
import { type Mark, markOf, type Size } from './mark.js';
import { describeSize, sizesIn, withArchive, withSizes } from './size.js';

/** The size that a component is to have; what is not given stays. */
interface WantedSize {
  instances?: number | undefined;
  /** The slug of a size, such as `apps-s-1vcpu-1gb`. */
  size?: string | undefined;
  /** Autoscaling between these numbers of instances. */
  min?: number | undefined;
  max?: number | undefined;
}

/** The size of one component. */
export interface WantedComponent extends WantedSize {
  /** The name of a service or worker. Default: the only one. */
  component?: string | undefined;
}

/** What an app is scaled to. */
export interface Wanted {
  sizes: readonly WantedComponent[];
  /** Whether nothing of it is to run. */
  archive?: boolean | undefined;
}

export interface Rescaled {
  spec: AppSpec;
  /** What the mark says about it. */
  marked: Required<Pick<Mark, 'scaled'>> & Pick<Mark, 'archived'>;
  /** Whether anything differs. */
  isChanged: boolean;
  /** What differs, in words, or else what there is. */
  notes: string[];
}

/** Autoscaling needs something to go by. */
const defaultMetrics = { cpu: { percent: 80 } };

/**
 * A spec with other sizes, or archived or not. The App Spec's own sizes stay known in the mark.
 * @param name of the app, for errors
 * @throws Error that names the components if there is no such one, or none is named and there are several
 */
export function rescaled(before: AppSpec, { sizes, archive }: Wanted, name: string): Rescaled {
  const wanted = sizes.map((size) => resized(size, before, name));
  const changed = wanted.filter(({ from, to }) => !isDeepStrictEqual(from, to));
  const wasArchived = before.maintenance?.archive === true;
  const isArchived = archive ?? wasArchived;
  const sized = withSizes(before, new Map(changed.map(({ component, to }) => [component, to])));
  const isChanged = changed.length > 0 || isArchived !== wasArchived;
  return {
    spec: isArchived === wasArchived ? sized : withArchive(sized, isArchived),
    marked: {
      scaled: scaledIn(before, changed),
      ...(isArchived && (markOf(before)?.archived || !wasArchived) && { archived: true }),
    },
    isChanged,
    notes: isChanged
      ? [
          ...(isArchived === wasArchived
            ? []
            : [isArchived ? 'archived: nothing of it runs' : 'no longer archived']),
          ...changed.map(
            ({ component, from, to }) => `${component}: ${describeSize(to)} instead of ${describeSize(from)}`,
          ),
        ]
      : [
          ...(archive ? ['it is already archived'] : []),
          ...wanted.map(({ component, to }) => `${component} already has ${describeSize(to)}`),
        ],
  };
}

/** A component with its size, now and then. */
interface Resized {
  component: string;
  from: Size;
  to: Size;
}

function resized(wanted: WantedComponent, spec: AppSpec, name: string): Resized {
  const component = componentOf(wanted, spec, name);
  const from = sizesIn(spec).get(component) ?? {};
  return { component, from, to: sizeFor(wanted, from) };
}

function componentOf({ component }: WantedComponent, spec: AppSpec, name: string): string {
  const names = [...sizesIn(spec).keys()];
  if (component !== undefined && names.includes(component)) return component;
  const [only, ...others] = names;
  if (component === undefined && only !== undefined && others.length === 0) return only;
  throw new Error(
    component === undefined
      ? `${name} has ${names.length === 0 ? 'no service or worker' : `several components: ${names.join(', ')}. Name one: --component`}`
      : `${name} has no service or worker "${component}"${names.length === 0 ? '' : `, but ${names.join(', ')}`}`,
  );
}

function sizeFor({ instances, size, min, max }: WantedSize, now: Size): Size {
  const { autoscaling, instance_count: count, instance_size_slug: slug } = now;
  const sized = { instance_size_slug: size ?? slug };
  if (instances !== undefined) return { instance_count: instances, ...sized };
  if (min === undefined && max === undefined)
    return { ...sized, ...(autoscaling === undefined ? { instance_count: count } : { autoscaling }) };
  const {
    min_instance_count: least = count,
    max_instance_count: most = count,
    metrics = defaultMetrics,
  } = (autoscaling ?? {}) as { min_instance_count?: number; max_instance_count?: number; metrics?: object };
  return {
    ...sized,
    autoscaling: { min_instance_count: min ?? least, max_instance_count: max ?? most, metrics },
  };
}

/** What is scaled now; the App Spec's own size is that from before the first time. */
function scaledIn(before: AppSpec, changed: readonly Resized[]): NonNullable<Mark['scaled']> {
  const scaled = new Map(Object.entries(markOf(before)?.scaled ?? {}));
  for (const { component, from, to } of changed) {
    const over = scaled.get(component)?.over ?? from;
    if (isDeepStrictEqual(to, over)) scaled.delete(component);
    else scaled.set(component, { to, over });
  }
  return Object.fromEntries(scaled);
}
