/** An answer, as far as it is compared. */
export interface Compared {
  status: number;
  isJson: boolean;
  body: Buffer;
}

/** One way in which two answers differ. */
export interface Difference {
  /** The kind: equal ones are counted together. It holds no value of a body. */
  kind: string;
  /** The two values, masked: their types and sizes. */
  live: string;
  canary: string;
}

/** How many differences of one pair of answers are reported. */
const most = 10;

/**
 * How the canary's answer differs from the live one: by status, or by each path of the JSON bodies.
 * @param ignored paths that may differ; `*` is any name or index
 */
export function compare(live: Compared, canary: Compared, ignored: readonly string[]): Difference[] {
  if (live.status !== canary.status) {
    return [{ kind: 'status', live: String(live.status), canary: String(canary.status) }];
  }
  const [before, after] = [jsonOf(live), jsonOf(canary)];
  if (before && after) {
    const differences: Difference[] = [];
    const patterns = ignored.map((one) => one.split('.'));
    walk(before.value, after.value, { path: [], patterns, differences });
    return differences;
  }
  if (live.body.equals(canary.body)) return [];
  return [{ kind: 'body', live: bytes(live), canary: bytes(canary) }];
}

interface Walk {
  path: readonly string[];
  patterns: readonly (readonly string[])[];
  differences: Difference[];
}

function walk(live: unknown, canary: unknown, at: Walk): void {
  const { path, patterns, differences } = at;
  if (differences.length >= most || patterns.some((pattern) => isAt(pattern, path))) return;
  if (isContainer(live) && isContainer(canary) && Array.isArray(live) === Array.isArray(canary)) {
    const names = new Set([...Object.keys(live), ...Object.keys(canary)]);
    for (const name of names) walk(live[name], canary[name], { ...at, path: [...path, name] });
  } else if (live !== canary) {
    const kind = path.map(nameOfField).join('.') || '(all)';
    differences.push({ kind: `body at ${kind}`, live: masked(live), canary: masked(canary) });
  }
}

/** An index says nothing about the kind, and a key that is no plain name may be private: the address of a person, say. */
function nameOfField(name: string): string {
  return /^[A-Za-z_][\w-]{0,39}$/.test(name) ? name : '*';
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isAt(pattern: readonly string[], path: readonly string[]): boolean {
  return (
    pattern.length === path.length && pattern.every((name, index) => name === '*' || name === path[index])
  );
}

/** What kind of value it is: values themselves may be private. */
function masked(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (typeof value === 'string') return `text of ${value.length} characters`;
  if (Array.isArray(value)) return `list of ${value.length}`;
  return typeof value;
}

function jsonOf({ isJson, body }: Compared): { value: unknown } | undefined {
  if (!isJson) return undefined;
  try {
    return { value: JSON.parse(body.toString('utf8')) };
  } catch {
    return undefined;
  }
}

function bytes({ body }: Compared): string {
  return `${body.length} bytes`;
}
