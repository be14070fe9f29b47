import * as z from 'zod';
import { type AppSpec, isEncrypted, mapSecrets, withDefaults } from '../spec/index.js';
import { isRoutingKnown, storedSpec } from '../spec/stored-spec.js';
import { withMark } from './mark.js';
import { fingerprintOf, idOf, withFingerprint } from './secrets-fingerprint.js';

/** One difference between the wanted and the current spec. A secret is shown as "secret" or "changed", never itself. */
export const changeSchema = z.object({
  /** Such as `services/pr-review/envs/LOG_LEVEL/value`. */
  path: z.string(),
  /** Absent: it did not exist. */
  before: z.string().optional(),
  /** Absent: it will be removed. */
  after: z.string().optional(),
});

export type Change = z.infer<typeof changeSchema>;

/** Replaces a plaintext secret, so that none is ever part of a comparison or its result. */
const plaintext = '(changed secret)';
/** Replaces a secret in the output. */
const hiddenValue = '(secret)';

type Tree = { [key: string]: Tree | string };

/** Fields of the app that the platform fills in if the spec lacks them. */
const filledForApp = ['region', 'ingress', 'features', 'egress', 'vpc'];
/** The same for a component. */
const filledForComponent = ['environment_slug', 'source_dir'];
const componentLists = ['services', 'workers', 'jobs', 'static_sites', 'functions', 'databases'];

/**
 * The differences between the wanted spec and one from the platform, as a readable list; empty when
 * a deploy would change nothing. The order of components, variables and domains in their lists has no meaning.
 */
export function differences(desired: AppSpec, live: AppSpec): Change[] {
  const wanted = toTree(desired);
  const there = toTree(live);
  if (!isRoutingKnown(desired)) delete wanted['ingress'];
  dropSilent(wanted, there, filledForApp);
  for (const list of componentLists) {
    for (const [name, component] of entriesOf(wanted[list])) {
      const other = treeAt(there[list], name);
      if (other) dropSilent(component, other, filledForComponent);
    }
  }
  const changes = compare(wanted, there, []);
  const [before, after] = [idOf(fingerprintOf(live)), idOf(fingerprintOf(desired))];
  return withoutRetyped(
    before === after ? changes.map(hidden) : [secretsChanged(before, after), ...othersThanSecrets(changes)],
  );
}

function entriesOf(tree: Tree | string | undefined): [string, Tree][] {
  if (typeof tree !== 'object') return [];
  return Object.entries(tree).filter((entry): entry is [string, Tree] => typeof entry[1] === 'object');
}

function treeAt(tree: Tree | string | undefined, key: string): Tree | undefined {
  const found = typeof tree === 'object' ? tree[key] : undefined;
  return typeof found === 'object' ? found : undefined;
}

function dropSilent(wanted: Tree, there: Tree, fields: readonly string[]): void {
  for (const field of fields) if (wanted[field] === undefined) delete there[field];
}

/** The spec with all that it means, without plaintext secrets and our mark; lists of named things become objects. */
function toTree(spec: AppSpec): Tree {
  const plain = withMark(withFingerprint(withDefaults(storedSpec(spec)), undefined), undefined);
  const masked = mapSecrets(plain, ({ value }) => (isEncrypted(value) ? value : plaintext));
  return (treeOf(masked) ?? {}) as Tree;
}

/**
 * Undefined for values that the JSON of the platform omits: its Go encoder omits false, 0, "" and empty values,
 * so they are equal to a missing field.
 */
function treeOf(value: unknown): Tree | string | undefined {
  if (value === undefined || value === null || value === false || value === 0 || value === '')
    return undefined;
  if (Array.isArray(value)) return listTree(value);
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).flatMap(([key, field]) => {
    const tree = treeOf(field);
    return tree === undefined ? [] : [[key, tree] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** The fields that name an element of a list: a component or log destination, a variable, a domain, an alert. */
const identities = ['name', 'key', 'domain', 'rule'];

function listTree(list: unknown[]): Tree | string | undefined {
  if (list.length === 0) return undefined;
  const named = list.map((element) => [identityOf(element), treeOf(element)] as const);
  const keys = new Set(named.map(([key]) => key));
  const canBeNamed = keys.size === list.length && !keys.has(undefined);
  if (!canBeNamed) return canonicalJson(list.map((element) => treeOf(element) ?? null));
  return Object.fromEntries(named.map(([key, tree]) => [key ?? '', tree ?? '']));
}

function identityOf(element: unknown): string | undefined {
  if (typeof element !== 'object' || element === null) return undefined;
  const field = identities.find((name) => name in element);
  return field === undefined ? undefined : String((element as Record<string, unknown>)[field]);
}

/** JSON with sorted keys. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
}

function compare(wanted: Tree, there: Tree, path: string[]): Change[] {
  const keys = [...new Set([...Object.keys(wanted), ...Object.keys(there)])].sort();
  return keys.flatMap((key) => {
    const [after, before] = [wanted[key], there[key]];
    const at = [...path, key];
    if (typeof after === 'object' && typeof before === 'object') return compare(after, before, at);
    const shown = { before: leaf(before), after: leaf(after) };
    return shown.before === shown.after ? [] : [change(at, shown.before, shown.after)];
  });
}

function leaf(value: Tree | string | undefined): string | undefined {
  return value === undefined || typeof value === 'string' ? value : canonicalJson(value);
}

function change(path: string[], before: string | undefined, after: string | undefined): Change {
  return {
    path: path.join('/'),
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  };
}

/** It is not known which of several secrets changed, only that the fingerprint did. */
function secretsChanged(before: string | undefined, after: string | undefined): Change {
  return change(['secrets'], before && 'as deployed', after ? 'changed' : undefined);
}

function othersThanSecrets(changes: Change[]): Change[] {
  return changes
    .filter(({ before, after }) => !(after === plaintext && before !== undefined && isEncrypted(before)))
    .map(hidden);
}

/** The change without an encrypted value. */
function hidden({ path, before, after }: Change): Change {
  return change([path], hideEncrypted(before), hideEncrypted(after));
}

/** A variable that becomes a secret, or stops being one, most likely keeps its value: neither side of it is shown. */
function withoutRetyped(changes: Change[]): Change[] {
  const retyped = new Set(
    changes.flatMap(({ path }) =>
      /(^|\/)envs\/[^/]+\/type$/.test(path) ? path.replace(/type$/, 'value') : [],
    ),
  );
  return changes.map((one) =>
    retyped.has(one.path) ? change([one.path], one.before && hiddenValue, one.after && hiddenValue) : one,
  );
}

function hideEncrypted(text: string | undefined): string | undefined {
  return text?.replace(/EV\[[^\]]*\]/g, hiddenValue);
}
