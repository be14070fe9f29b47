/** Calls a function once for each key: a later call gets what the first one does. */
export function oncePer<Arguments extends unknown[], Result>(
  keyOf: (...given: Arguments) => string,
  work: (...given: Arguments) => Promise<Result>,
): (...given: Arguments) => Promise<Result> {
  const begun = new Map<string, Promise<Result>>();
  return (...given) => {
    const key = keyOf(...given);
    const known = begun.get(key);
    if (known) return known;
    const working = work(...given);
    begun.set(key, working);
    return working;
  };
}
