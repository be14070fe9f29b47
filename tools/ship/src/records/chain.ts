import { createHash } from 'node:crypto';

/** How an entry continues the entries before it. */
export interface Link {
  /** The hashes of the entries that no other has continued yet: one, or more where several processes wrote at once. */
  prev: string[];
  /** The hash of this entry with `prev`: sha256 of its canonical JSON, in base64url. */
  hash: string;
}

/** An entry of a journal that is part of a chain. */
export type Chained<T extends object = object> = T & { chain: Link };

const hashPattern = /^[\w-]{43}$/;

/** Adds to an entry how it continues others. @param entry plain data */
export function chained<T extends object>(entry: T, prev: readonly string[]): Chained<T> {
  const link = { prev: [...prev] };
  return { ...entry, chain: { ...link, hash: hashOf({ ...entry, chain: link }) } };
}

/** The hash that an entry should have. */
export function hashOfChained({ chain: { prev }, ...entry }: Chained): string {
  return hashOf({ ...entry, chain: { prev } });
}

/** The link of an entry; undefined if it has none, or one that nothing here has written. */
export function linkOf(entry: unknown): Link | undefined {
  const chain: unknown = isObject(entry) ? entry['chain'] : undefined;
  if (!isObject(chain)) return undefined;
  const { prev, hash } = chain;
  if (!Array.isArray(prev) || !prev.every(isHash) || !isHash(hash)) return undefined;
  return { prev, hash };
}

/** The hashes that no later line continues, oldest first. @param tips those before the lines */
export function tipsAfter(lines: readonly string[], tips: readonly string[] = []): string[] {
  const open = new Set(tips);
  for (const line of lines) {
    const link = linkOf(parsed(line));
    if (!link) continue;
    for (const one of link.prev) open.delete(one);
    open.add(link.hash);
  }
  return [...open];
}

/** JSON whose keys are sorted, without spaces: one text for one value, whoever has written it. @param value plain data */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((one) => canonicalJson(one ?? null)).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const fields = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${fields.join(',')}}`;
}

/** Undefined for what is no JSON. */
export function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function hashOf(value: object): string {
  return createHash('sha256').update(canonicalJson(value)).digest('base64url');
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && hashPattern.test(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
