import type { Literal } from './literal.js';
import type { Comparison } from './schema.js';

/** What has changed since a baseline, by path. Values are compared with their aliases followed. */
export function compareTokens(baseline: Literal[], tokens: Literal[]): Comparison {
  const before = new Map(baseline.map((token) => [token.path, token]));
  const after = new Map(tokens.map((token) => [token.path, token]));
  const added = tokens.filter(({ path }) => !before.has(path));
  const removed = baseline.filter(({ path }) => !after.has(path));
  const renamed = renames(removed, added);
  const kept = tokens.flatMap((to) => {
    const from = before.get(to.path);
    return from ? [{ token: to.path, from, to }] : [];
  });
  const changed = kept.filter(({ from, to }) => keyOf(from) !== keyOf(to));
  const [from, to] = [new Set(renamed.map((pair) => pair.from)), new Set(renamed.map((pair) => pair.to))];
  return {
    added: added.map(({ path }) => path).filter((path) => !to.has(path)),
    removed: removed.map(({ path }) => path).filter((path) => !from.has(path)),
    renamed,
    changed: changed.map(({ token, from, to }) => ({ token, from: from.value, to: to.value })),
    unchanged: kept.length - changed.length,
  };
}

/** Only where it is certain: one token went and one came with that value in that group. */
function renames(removed: Literal[], added: Literal[]): Comparison['renamed'] {
  const [gone, come] = [uniqueByValue(removed), uniqueByValue(added)];
  return [...gone].flatMap(([key, from]) => {
    const to = come.get(key);
    return from && to ? [{ from, to }] : [];
  });
}

/** By value; undefined where several have it. */
function uniqueByValue(tokens: Literal[]): Map<string, string | undefined> {
  const paths = new Map<string, string | undefined>();
  for (const token of tokens) {
    const key = `${token.category} ${keyOf(token)}`;
    paths.set(key, paths.has(key) ? undefined : token.path);
  }
  return paths;
}

function keyOf({ type, value }: Literal): string {
  return `${type} ${JSON.stringify(value)}`;
}
