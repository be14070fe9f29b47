import type { AppSpec, Issue } from '@odoobo/app-platform/spec';

/** Lists of the App Spec whose items have names: what an overlay says of them is about the item with that name. */
const named: Readonly<Record<string, { key: string; what: string }>> = {
  services: { key: 'name', what: 'service' },
  workers: { key: 'name', what: 'worker' },
  jobs: { key: 'name', what: 'job' },
  static_sites: { key: 'name', what: 'static site' },
  functions: { key: 'name', what: 'functions component' },
  databases: { key: 'name', what: 'database' },
};

/** An item that the App Spec lacks is added to this list; in the others it is a mistake. */
const variables = 'envs';

type Fields = Record<string, unknown>;

/** The result of an overlay, and what is wrong with it, by path in the overlay. */
export interface Overlaid {
  /** Not checked. */
  spec: unknown;
  issues: Issue[];
}

/**
 * Changes an App Spec by a JSON merge patch (https://www.rfc-editor.org/rfc/rfc7386): objects are merged, null deletes, and all
 * else replaces. Beyond it, components are merged with the one of that name, and variables (`envs`) with the one of that key.
 * Pure.
 */
export function overlaid(spec: AppSpec, overlay: Fields): Overlaid {
  const issues: Issue[] = [];
  for (const field of ['name', 'region'].filter((one) => Object.hasOwn(overlay, one)))
    issues.push({
      path: field,
      message:
        field === 'name' ? 'the name of an app follows from its placement' : 'write it beside "overlay"',
    });
  return { spec: merged(spec, overlay, [], issues), issues };
}

function merged(target: unknown, patch: unknown, path: readonly string[], issues: Issue[]): unknown {
  if (!isFields(patch)) return mergedList(target, patch, path, issues);
  const result: Fields = { ...(isFields(target) ? target : {}) };
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete result[field];
    else result[field] = merged(result[field], value, [...path, field], issues);
  }
  return result;
}

function mergedList(target: unknown, patch: unknown, path: readonly string[], issues: Issue[]): unknown {
  const list = path.at(-1) ?? '';
  const key = list === variables ? 'key' : path.length === 1 ? named[list]?.key : undefined;
  if (key === undefined || !Array.isArray(patch)) return patch;
  const items: unknown[] = Array.isArray(target) ? [...(target as unknown[])] : [];
  for (const [index, item] of (patch as unknown[]).entries()) {
    const name = nameOf(item, key);
    const at = items.findIndex((one) => name !== undefined && nameOf(one, key) === name);
    const below = [...path, String(index)];
    if (at >= 0) items[at] = merged(items[at], item, below, issues);
    else if (list === variables) items.push(item);
    else issues.push({ path: [...below, key].join('/'), message: missing(list, name, items) });
  }
  return items;
}

function missing(list: string, name: unknown, items: readonly unknown[]): string {
  const { key = '', what = '' } = named[list] ?? {};
  const known = items.map((item) => String(nameOf(item, key))).join(', ');
  const whose =
    name === undefined ? `expected the name of a ${what}` : `the App Spec has no ${what} "${String(name)}"`;
  return `${whose}. It has: ${known === '' ? 'none' : known}`;
}

function nameOf(item: unknown, key: string): unknown {
  return isFields(item) ? item[key] : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
