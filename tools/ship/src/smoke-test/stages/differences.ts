const shownCharacters = 300;

/**
 * The differences between a JSON value and the expected one. An object may have more fields than expected; a list must
 * have the same length.
 * @param path of the value, for the messages
 */
export function differences(expected: unknown, actual: unknown, path: string): string[] {
  if (Array.isArray(expected)) return listDifferences(expected, actual, path);
  if (isObject(expected)) return objectDifferences(expected, actual, path);
  return expected === actual ? [] : [mismatch(expected, actual, path)];
}

function listDifferences(expected: readonly unknown[], actual: unknown, path: string): string[] {
  if (!Array.isArray(actual)) return [mismatch(expected, actual, path)];
  const items: readonly unknown[] = actual;
  if (items.length !== expected.length)
    return [`${path}: expected ${expected.length} items, got ${items.length}`];
  return expected.flatMap((item, index) => differences(item, items[index], `${path}/${index}`));
}

function objectDifferences(expected: Record<string, unknown>, actual: unknown, path: string): string[] {
  if (!isObject(actual)) return [mismatch(expected, actual, path)];
  return Object.entries(expected).flatMap(([key, value]) =>
    differences(value, Object.hasOwn(actual, key) ? actual[key] : undefined, `${path}/${key}`),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mismatch(expected: unknown, actual: unknown, path: string): string {
  return `${path}: expected ${show(expected)}, got ${show(actual)}`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}...` : text;
}
